/**
 * What is wrong with a command that a user gives. Where its selectors disagree the highest counts: it came furthest.
 */
export const ALLOWED = 0;
export const DENIED_COMMAND = 1;
export const DENIED_KEY = 2;
export const DENIED_AUTHENTICATION = 3;
export const DENIED_CHANNEL = 4;
