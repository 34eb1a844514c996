/** The sphere that distances are measured on, with Redis's radius. */
export const EARTH_RADIUS_M = 6372797.560856;
export const RADIANS_PER_DEGREE = Math.PI / 180;

/**
 * A position, in degrees, that distances are measured from. The steps of the haversine formula are taken in Redis's order,
 * so that the distances are equal to the last bit.
 */
export class Origin {
	longitude: number;
	latitude: number;
	private longitude_rad: number;
	private latitude_rad: number;
	private cosine: number;

	constructor() {
		this.longitude = 0;
		this.latitude = 0;
		this.longitude_rad = 0;
		this.latitude_rad = 0;
		this.cosine = 1;
	}

	place(longitude: number, latitude: number): void {
		this.longitude = longitude;
		this.latitude = latitude;
		this.longitude_rad = longitude * RADIANS_PER_DEGREE;
		this.latitude_rad = latitude * RADIANS_PER_DEGREE;
		this.cosine = Math.cos(this.latitude_rad);
	}

	distanceTo_m(longitude: number, latitude: number): number {
		const v = Math.sin((longitude * RADIANS_PER_DEGREE - this.longitude_rad) / 2);
		if (v === 0) return this.distanceNorth_m(latitude);
		const latitude_rad = latitude * RADIANS_PER_DEGREE;
		const u = Math.sin((latitude_rad - this.latitude_rad) / 2);
		const a = u * u + this.cosine * Math.cos(latitude_rad) * v * v;
		return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(a));
	}

	/** To the same meridian's point at another latitude. */
	distanceNorth_m(latitude: number): number {
		return EARTH_RADIUS_M * Math.abs(latitude * RADIANS_PER_DEGREE - this.latitude_rad);
	}

	/** From the meridian to a position due east or west of it. */
	distanceEast_m(longitude: number, latitude: number): number {
		const v = Math.sin((longitude * RADIANS_PER_DEGREE - this.longitude_rad) / 2);
		const cosine = Math.cos(latitude * RADIANS_PER_DEGREE);
		return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(cosine * cosine * v * v));
	}
}
