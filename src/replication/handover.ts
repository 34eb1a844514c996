/** What a link to a master asks in case this server was a master until now, and hands its role over to that one. */
export interface Handover {
	/** The other server is a replica still, and has to be asked to lead. */
	readonly isUnderWay: boolean;
	/** It leads, and sends what comes next. */
	accepted(): void;
	/** It does not. */
	refused(): void;
}

export const noHandover: Handover = { isUnderWay: false, accepted() {}, refused() {} };
