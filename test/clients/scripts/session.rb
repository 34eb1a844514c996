# What a program that uses Debian's ruby-redis does, in small: prints one line for each step, the same for any server.
require "redis"

port = ARGV.fetch(0).to_i
client = Redis.new(port: port, timeout: 10)
other = Redis.new(port: port, timeout: 10)

def say(step, value)
  puts "#{step} #{value.inspect}"
  $stdout.flush
end

# Versions of the server differ in what some errors say: then their code has to do.
def fails(step, says: true)
  yield
  say(step, "no error")
rescue Redis::BaseError => error
  say(step, "#{error.class}: #{says ? error.message : error.message[/\A[A-Z]+/]}")
end

say("ping", client.ping)
client.flushall
say("set", [client.set("key", "value"), client.set("key", "x", nx: true), client.set("key", "y", get: true)])
say("get", [client.get("key"), client.get("missing"), client.mget("key", "missing")])
say("expire", [client.expire("key", 100), (99..100).cover?(client.ttl("key")), client.persist("key"), client.ttl("key")])
binary = (0..255).map(&:chr).join.b * 40
client.set("binary", binary)
say("binary", client.get("binary").b == binary)
say("numbers", [client.incr("n"), client.incrbyfloat("n", 1.5), client.decrby("m", 3)])
fails("wrong type") { client.lpush("key", 1) }
fails("unknown") { client.call("NOSUCH", "a") }

# Pipelines and transactions
replies = client.pipelined do |pipeline|
  1000.times do |i|
    pipeline.set("p:#{i}", i)
    pipeline.get("p:#{i}")
  end
end
say("pipeline", [replies.length, replies.first(4), replies.last])
say("multi", client.multi { |t| t.set("a", 1); t.incr("a"); t.lpush("l", [1, 2]); t.lrange("l", 0, -1) })
fails("multi with an error") { client.multi { |t| t.set("a", "text"); t.incr("a"); t.set("after", "1") } }
say("after", client.get("after"))
fails("refused while queueing") { client.multi { |t| t.set("never", "1"); t.call("NOSUCH") } }
say("never", client.get("never"))
client.watch("watched") do
  before = client.get("watched")
  other.set("watched", "by another")
  say("watch", [before, client.multi { |t| t.set("watched", "by me") }])
end
say("watched", client.get("watched"))
2.times do
  client.watch("n2") do
    number = client.get("n2").to_i
    say("transaction", client.multi { |t| t.set("n2", number + 1) })
  end
end
client.watch("n2")
say("unwatch", client.unwatch)

# Publish and subscribe
heard = []
listener = Thread.new do
  redis = Redis.new(port: port, timeout: 10)
  redis.psubscribe("n?ws", "other*") do |on|
    on.psubscribe { |pattern, count| heard << ["psubscribe", pattern, count] }
    on.pmessage do |pattern, channel, text|
      heard << [pattern, channel, text]
      redis.punsubscribe if text == "last"
    end
  end
end
sleep 0.01 until other.pubsub("numpat") == 2
say("published", [other.publish("news", "hello"), other.publish("nobody", "x"), other.publish("other", "last")])
listener.join(10)
say("heard", heard)
heard = []
client.subscribe("one", "two") do |on|
  on.subscribe { |channel, count| other.publish("two", "to both") if (heard << [channel, count]).length == 2 }
  on.message { |channel, text| heard << [channel, text]; client.unsubscribe }
  on.unsubscribe { |channel, count| heard << [channel, count] }
end
say("subscribed", heard.first(3) + heard.drop(3).map(&:last))

# Collections and iterators
client.hset("h", 500.times.to_h { |i| ["f#{i}", i] })
client.sadd("s", (0...500).to_a)
client.zadd("z", 500.times.map { |i| [i / 2.0, "m#{i}"] })
say("hash", [client.hlen("h"), client.hmget("h", "f1", "none"), client.hscan_each("h").sum { |_, v| v.to_i }])
say("set", [client.scard("s"), client.sscan_each("s").to_a.uniq.length, client.smismember("s", 1, 1000)])
say("sorted set", [client.zrange("z", 0, 2, with_scores: true), client.zscore("z", "m3"), client.zscan_each("z").sum { |_, v| v }])
say("scan", [client.scan_each.to_a.uniq.length, client.scan_each(match: "p:99?").to_a.uniq.length, client.scan_each(type: "hash").to_a])
client.rpush("q", %w[a b])
say("blocking", [client.blpop("q", timeout: 5), client.brpop("q", timeout: 5), client.blpop("none", timeout: 0.1)])
say("sort", client.sort("l", order: "desc"))

# Streams
ids = (1..5).map { |i| client.xadd("stream", { n: i }, id: "#{i}-1") }
say("stream", [ids, client.xlen("stream"), client.xrange("stream", "2-0", "3-9")])
client.xgroup(:create, "stream", "group", "0")
say("group", client.xreadgroup("group", "me", "stream", ">", count: 3))
say("ack", [client.xack("stream", "group", "1-1"), client.xpending("stream", "group")["size"]])
say("claim", client.xautoclaim("stream", "group", "you", 0, "0")["entries"].map(&:first))
say("info", [client.xinfo(:stream, "stream")["groups"], client.xinfo(:consumers, "stream", "group").map { |c| c["name"] }])
say("read", client.xread("stream", "3-1", count: 1, block: 1000))
fails("group twice") { client.xgroup(:create, "stream", "group", "0") }

# The server
client.call("CLIENT", "SETNAME", "script")
say("client", [client.call("CLIENT", "GETNAME"), client.client(:list).any? { |c| c["name"] == "script" }])
say("config", [client.config(:get, "maxclients"), client.config(:set, "maxmemory-samples", 6)])
info = client.info
say("server", [info["redis_mode"], info["role"], info["db0"].include?("keys=#{client.dbsize}"), client.info("commandstats").key?("get")])
say("object", [client.object("encoding", "h"), client.type("z"), client.exists("h", "none")])
say("memory", client.call("MEMORY", "USAGE", "none"))

# Who may do what
client.call("ACL", "SETUSER", "reader", "on", ">secret", "+@read", "+@connection", "+acl|whoami", "~p:*")
reader = Redis.new(port: port, username: "reader", password: "secret", timeout: 10)
say("reader", [reader.call("ACL", "WHOAMI"), reader.get("p:1")])
fails("reader writes", says: false) { reader.set("p:1", "x") }
fails("reader strays", says: false) { reader.get("key") }
fails("wrong password") { Redis.new(port: port, username: "reader", password: "wrong").ping }
say("users", [client.call("ACL", "USERS"), client.call("ACL", "DELUSER", "reader"), client.call("ACL", "USERS")])

client.flushall
say("empty", client.dbsize)
