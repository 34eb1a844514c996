import { calendarTime } from "../../introspection/calendar.ts";

const DAY_MS = 86_400_000;
/** From 1 January 1970 on. */
const WEEKDAYS = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** As HTTP writes a moment, from 1970 on: `Sun, 06 Nov 1994 08:49:37 GMT`. */
export function httpDate(at_ms: number): string {
	const { year, month, day, hour, minute, second } = calendarTime(at_ms, 0);
	const weekday = WEEKDAYS[Math.floor(at_ms / DAY_MS) % 7];
	return `${weekday}, ${two(day)} ${MONTHS[month - 1]} ${year} ${two(hour)}:${two(minute)}:${two(second)} GMT`;
}

function two(value: number): string {
	return String(value).padStart(2, "0");
}
