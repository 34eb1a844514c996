/** A process that sends one PING every millisecond and times the replies: `bun prober.ts PORT`. */
import { BlockingClient } from "./blocking-client.ts";
import { keepPace } from "./pace.ts";

/** "+PONG\r\n" */
const replyLength = 7;

if (import.meta.main) {
	const client = new BlockingClient(Number(process.argv[2]));
	const request = Buffer.from("PING\r\n");
	keepPace(() => {
		client.send(request);
		client.receive(replyLength);
	});
}
