// "serve" makes this the web server that some tests run as a resource.
if (args is ["serve", .. var files])
{
    await SampleHost.SampleWeb.RunAsync(files.FirstOrDefault());
    return;
}

// "end" makes this a job.
if (args is ["end"])
{
    return;
}

// Programs that know nothing of a host. "store" leaves a process of its own in the background, "front" waits for it and takes its leave,
// "stubborn" neither ends with its standard input nor by SIGTERM.
var builder = DistributedApplication.CreateBuilder(args);

var store = builder.AddExecutable("store", "sh", ".", "-c", "sleep 3600 & echo store has $$ and $! in background; while :; do sleep 1; done");
builder.AddExecutable("front", "sh", ".", "-c", "trap 'echo front says goodbye; exit 0' TERM; echo front has $$; while :; do sleep 0.1; done")
    .WaitFor(store);
builder.AddExecutable("stubborn", "sh", ".", "-c", "trap '' TERM; echo stubborn has $$; while :; do sleep 0.1; done");

if (builder.Configuration["with-failing"] is not null)
    builder.AddExecutable("failing", "sh", ".", "-c", "echo no disk; exit 9");

builder.Build().Run();
