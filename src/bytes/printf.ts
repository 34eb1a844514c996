/** Numbers as C's printf writes them. */

/** `%.<digits>g`: so many significant digits, none of them a trailing zero; correctly rounded, ties to even. */
export function formatG(value: number, digits: number): string {
	if (Number.isNaN(value)) return "nan";
	if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
	if (value === 0) return Object.is(value, -0) ? "-0" : "0";
	if (Number.isInteger(value) && Math.abs(value) < 10 ** Math.min(digits, 15)) return String(value);
	const sign = value < 0 ? "-" : "";
	const [significand, exponentText] = roundedToEven(Math.abs(value), digits).split("e") as [string, string];
	const exponent = Number(exponentText);
	const all = significand.replace(".", "").replace(/0+$/, "");
	if (exponent < -4 || exponent >= digits) {
		const tail = all.length > 1 ? `.${all.slice(1)}` : "";
		const power = String(Math.abs(exponent)).padStart(2, "0");
		return `${sign}${all[0]}${tail}e${exponent < 0 ? "-" : "+"}${power}`;
	}
	if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${all}`;
	const whole = all.slice(0, exponent + 1).padEnd(exponent + 1, "0");
	const fraction = all.slice(exponent + 1);
	return fraction === "" ? sign + whole : `${sign}${whole}.${fraction}`;
}

/** Scientific notation; of two that are as near to the exact value JavaScript takes the larger one and C the even one. */
function roundedToEven(value: number, digits: number): string {
	const exact = value.toExponential(EXACT_DIGITS);
	const at = digits + 1;
	if (exact[at] !== "5" || !/^50*e/.test(exact.slice(at))) return value.toExponential(digits - 1);
	// Behind the first digit comes the point.
	const keptLength = digits === 1 ? 1 : at;
	const isEven = (exact.charCodeAt(keptLength - 1) & 1) === 0;
	const kept = exact.slice(0, keptLength) + exact.slice(exact.indexOf("e"));
	return isEven ? kept : value.toExponential(digits - 1);
}

/** More than any tie has: a value in the middle of two of 17 digits ends with the 18th. */
const EXACT_DIGITS = 40;
