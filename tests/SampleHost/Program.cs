// Two programs that know nothing of a host: "store" leaves a process of its own in the background, "front" waits for it.
var builder = DistributedApplication.CreateBuilder(args);

var store = builder.AddExecutable("store", "sh", ".", "-c", "sleep 3600 & echo store has $$ and $!; while :; do sleep 1; done");
builder.AddExecutable("front", "sh", ".", "-c", "echo front has $$; trap 'echo front says goodbye; exit 0' TERM; while :; do sleep 0.1; done")
    .WaitFor(store);

builder.Build().Run();
