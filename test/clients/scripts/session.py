"""What a program that uses Debian's python3-redis does, in small: prints one line for each step, the same for any server."""

import sys
import redis

port = int(sys.argv[1])
client = redis.Redis(port=port, decode_responses=True, socket_timeout=10)
other = redis.Redis(port=port, decode_responses=True, socket_timeout=10)
raw = redis.Redis(port=port, socket_timeout=10)


def say(step, value):
    print(step, repr(value), flush=True)


def fails(step, kind, call, says=True):
    """Versions of the server differ in what some errors say: then the kind has to do."""
    try:
        call()
    except kind as error:
        say(step, f"{type(error).__name__}: {error}" if says else type(error).__name__)
    else:
        say(step, "no error")


say("ping", client.ping())
client.flushall()
say("set", [client.set("key", "value"), client.set("key", "x", nx=True), client.set("key", "y", get=True)])
say("get", [client.get("key"), client.get("missing"), client.mget("key", "missing")])
say("expire", [client.expire("key", 100), client.ttl("key") in (99, 100), client.persist("key"), client.ttl("key")])
binary = bytes(range(256)) * 40
raw.set("binary", binary)
say("binary", raw.get("binary") == binary)
say("numbers", [client.incr("n"), client.incrbyfloat("n", 1.5), client.decr("m", 3)])
fails("wrong type", redis.ResponseError, lambda: client.lpush("key", 1))
fails("unknown", redis.ResponseError, lambda: client.execute_command("NOSUCH", "a"))

# Pipelines and transactions
pipe = client.pipeline(transaction=False)
for i in range(1000):
    pipe.set(f"p:{i}", i)
    pipe.get(f"p:{i}")
replies = pipe.execute()
say("pipeline", [len(replies), replies[:4], replies[-1]])
with client.pipeline() as pipe:
    say("multi", pipe.set("a", 1).incr("a").lpush("l", 1, 2).lrange("l", 0, -1).execute())
with client.pipeline() as pipe:
    pipe.set("a", "text").incr("a").get("a")
    say("multi with an error", [type(reply).__name__ if isinstance(reply, Exception) else reply for reply in pipe.execute(raise_on_error=False)])
with client.pipeline() as pipe:
    pipe.watch("watched")
    before = pipe.get("watched")
    other.set("watched", "by another")
    pipe.multi()
    pipe.set("watched", "by me")
    fails("watch", redis.WatchError, pipe.execute)
say("watched", [before, client.get("watched")])


def increase(pipe):
    number = int(pipe.get("n2") or 0)
    pipe.multi()
    pipe.set("n2", number + 1)


say("transaction", [client.transaction(increase, "n2"), client.transaction(increase, "n2"), client.get("n2")])

# Publish and subscribe
pubsub = client.pubsub()
pubsub.subscribe("news", "other")
pubsub.psubscribe("n?ws")


def hear():
    message = pubsub.get_message(timeout=10)
    return None if message is None else (message["type"], message["pattern"], message["channel"], message["data"])


say("subscribed", [hear() for _ in range(3)])
say("published", [other.publish("news", "hello"), other.publish("nobody", "x")])
say("heard", sorted([hear(), hear()], key=str))
say("channels", [sorted(other.pubsub_channels()), other.pubsub_numsub("news"), other.pubsub_numpat()])
pubsub.unsubscribe()
pubsub.punsubscribe()
left = [hear() for _ in range(3)]
say("unsubscribed", [sorted(message[2] for message in left), [message[3] for message in left]])
pubsub.close()

# Collections and iterators
client.hset("h", mapping={f"f{i}": i for i in range(500)})
client.sadd("s", *range(500))
client.zadd("z", {f"m{i}": i / 2 for i in range(500)})
say("hash", [client.hlen("h"), client.hmget("h", "f1", "none"), sum(int(v) for _, v in client.hscan_iter("h"))])
say("set", [client.scard("s"), len(set(client.sscan_iter("s"))), client.smismember("s", [1, 1000])])
say("sorted set", [client.zrange("z", 0, 2, withscores=True), client.zscore("z", "m3"), sum(v for _, v in client.zscan_iter("z"))])
say("scan", [len(set(client.scan_iter())), len(set(client.scan_iter("p:99?"))), sorted(client.scan_iter(_type="hash"))])
client.rpush("q", "a", "b")
say("blocking", [client.blpop("q", timeout=5), client.blmove("q", "q2", 5), client.blpop("none", timeout=0.1)])
say("sort", client.sort("l", desc=True))

# Streams
ids = [client.xadd("stream", {"n": i}, id=f"{i}-1") for i in range(1, 6)]
say("stream", [ids, client.xlen("stream"), client.xrange("stream", "2-0", "3-9")])
client.xgroup_create("stream", "group", id="0")
say("group", client.xreadgroup("group", "me", {"stream": ">"}, count=3))
say("ack", [client.xack("stream", "group", "1-1"), client.xpending("stream", "group")["pending"]])
say("claim", [message[0] for message in client.xautoclaim("stream", "group", "you", 0, "0")[1]])
say("info", [client.xinfo_stream("stream")["groups"], [c["name"] for c in client.xinfo_consumers("stream", "group")]])
say("read", client.xread({"stream": "3-1"}, count=1, block=1000))
fails("group twice", redis.ResponseError, lambda: client.xgroup_create("stream", "group"))

# The server
client.client_setname("script")
say("client", [client.client_getname(), any(c["name"] == "script" for c in client.client_list())])
say("config", [client.config_get("maxclients"), client.config_set("maxmemory-samples", 6), client.config_get("maxmemory-samples")])
info = client.info()
say("server", [info["redis_mode"], info["role"], info["db0"]["keys"] == client.dbsize(), client.info("keyspace").keys() == {"db0"}])
say("command", [client.command_count() > 100, client.command()["get"]["arity"]])
say("dump", [client.restore("copy", 0, client_dump) if (client_dump := raw.dump("l")) else None, client.lrange("copy", 0, -1)])
say("object", [client.object("encoding", "h"), client.type("z"), client.exists("h", "none")])
say("memory", [client.memory_usage("h") > 1000, client.memory_usage("none"), client.memory_stats()["keys.count"] == client.dbsize()])

# Who watches, and who may do what
with client.monitor() as monitor:
    other.set("seen", "1")
    seen = monitor.next_command()
    say("monitor", [seen["command"], seen["db"], seen["client_type"]])
client.config_set("slowlog-log-slower-than", 0)
client.slowlog_reset()
other.get("slow")
client.config_set("slowlog-log-slower-than", 10000)
say("slow log", [(entry["command"], entry["duration"] >= 0) for entry in client.slowlog_get(10)])
say("acl", client.acl_setuser("reader", enabled=True, passwords=["+secret"], categories=["+@read", "+@connection"], keys=["p:*"], commands=["+acl|whoami"]))
reader = redis.Redis(port=port, username="reader", password="secret", decode_responses=True)
say("reader", [reader.acl_whoami(), reader.get("p:1"), reader.ping()])
fails("reader writes", redis.exceptions.NoPermissionError, lambda: reader.set("p:1", "x"), says=False)
fails("reader strays", redis.exceptions.NoPermissionError, lambda: reader.get("key"), says=False)
wrong = redis.Redis(port=port, username="reader", password="wrong")
fails("wrong password", redis.ResponseError, wrong.ping)
say("users", [client.acl_users(), client.acl_deluser("reader"), client.acl_users()])
try:
    reader.ping()
except redis.RedisError:
    # Whether it hears of the closed connection or of the password is a matter of luck.
    say("reader is gone", True)

client.flushall()
say("empty", client.dbsize())
