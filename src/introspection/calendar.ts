/**
 * Days, months and years of a moment, without the runtime's Date: the clock and the zone are injected.
 */
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** 400 years of the Gregorian calendar repeat after this many days. */
const ERA_DAYS = 146_097;
/** Days from 1 March of the year 0 to 1 January 1970. */
const EPOCH_DAYS = 719_468;

export interface CalendarTime {
	readonly year: number;
	/** 1 to 12. */
	readonly month: number;
	readonly day: number;
	readonly hour: number;
	readonly minute: number;
	readonly second: number;
	readonly millisecond: number;
}

/** `zone_minutes` is the offset of local time from UTC, east positive. */
export function calendarTime(at_ms: number, zone_minutes: number): CalendarTime {
	const local_ms = Math.floor(at_ms) + zone_minutes * MINUTE_MS;
	const days = Math.floor(local_ms / DAY_MS);
	const rest_ms = local_ms - days * DAY_MS;
	return {
		...calendarDay(days),
		hour: Math.floor(rest_ms / 3_600_000),
		minute: Math.floor(rest_ms / MINUTE_MS) % 60,
		second: Math.floor(rest_ms / 1000) % 60,
		millisecond: rest_ms % 1000,
	};
}

/** Counts years from March on, so that the day that some years have more is the last of its year. */
function calendarDay(daysSince1970: number): Pick<CalendarTime, "year" | "month" | "day"> {
	const days = daysSince1970 + EPOCH_DAYS;
	const era = Math.floor(days / ERA_DAYS);
	const dayOfEra = days - era * ERA_DAYS;
	const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
	const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
	const yearStart = 365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
	const dayOfYear = dayOfEra - yearStart;
	// From March on five months take 153 days, over and over.
	const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
	const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
	return {
		year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0),
		month,
		day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
	};
}
