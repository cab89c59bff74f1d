using Microsoft.Playwright;

namespace Zakenak.AppHost.Tests.Suite;

/// <summary>The two pages in a real browser: chat with the model, and see the resources healthy.</summary>
[Collection(nameof(SuiteTests))]
public sealed class BrowserTests
{
    private const string Chromium = "/usr/bin/chromium";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_person_chats_on_the_page_and_sees_the_resources_healthy()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"There is no {Chromium}: apt-get install chromium.");
        await using var suite = AppHostProcess.Start();
        await suite.WaitUntilReadyAsync(Cancelled);
        var login = (await suite.WaitForOutputAsync(@"http://localhost:\d+/login\?token=\S+", Cancelled)).Value;
        var dashboard = (await suite.WaitForOutputAsync(@"http://localhost:\d+/login\?t=\S+", Cancelled)).Value;

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Chromium,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });

        await ChatAsync(browser, login);
        await ChatOnAPhoneByKeyboardAsync(browser, login);
        await LookAtTheDashboardAsync(browser, dashboard);
    }

    private static async Task ChatAsync(IBrowser browser, string login)
    {
        var page = await OpenAsync(browser, login, width: 1100, height: 800);
        Assert.DoesNotContain("token", page.Url, StringComparison.Ordinal);

        await page.GetByTestId("suggestion").First.ClickAsync();
        await page.GetByTestId("answer-stats").WaitForAsync();
        Assert.Contains("Zakenak", await page.GetByTestId("text-assistant").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("verified", await page.GetByTestId("model-digest").InnerTextAsync(), StringComparison.Ordinal);

        await page.GetByTestId("prompt").FillAsync("How do I stop it?");
        await page.GetByTestId("send").ClickAsync();
        await page.GetByTestId("answer-stats").Nth(1).WaitForAsync();
        await SaveAsync(page, "chat.png");
        await page.CloseAsync();
    }

    private static async Task ChatOnAPhoneByKeyboardAsync(IBrowser browser, string login)
    {
        var page = await OpenAsync(browser, login, width: 360, height: 740);
        await page.GetByTestId("prompt").FocusAsync();
        await page.Keyboard.TypeAsync("Hello!");
        await page.Keyboard.PressAsync("Enter");
        await page.GetByTestId("answer-stats").WaitForAsync();

        Assert.NotEmpty(await page.GetByTestId("text-assistant").InnerTextAsync());
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "The page is wider than a phone.");
        await SaveAsync(page, "chat-phone.png");
        await page.CloseAsync();
    }

    private static async Task LookAtTheDashboardAsync(IBrowser browser, string login)
    {
        var page = await OpenAsync(browser, login, width: 1100, height: 560);
        foreach (var service in new[] { "cert-authority", "feature-proxy", "model-server", "gateway" })
        {
            var row = page.Locator($"tr[data-name='{service}']");
            await row.GetByText("/healthz ok").WaitForAsync();
            Assert.Contains("running", await row.InnerTextAsync(), StringComparison.OrdinalIgnoreCase);
        }

        await SaveAsync(page, "dashboard.png");
        await page.Locator("tr[data-name='model-server']").GetByText("Logs").ClickAsync();
        await page.GetByText("guide:v1").First.WaitForAsync();
        await page.CloseAsync();
    }

    private static async Task<IPage> OpenAsync(IBrowser browser, string url, int width, int height)
    {
        var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = height }, DeviceScaleFactor = 1 });
        page.SetDefaultTimeout(60_000);
        page.PageError += (_, error) => Assert.Fail(error);
        await page.GotoAsync(url);
        return page;
    }

    /// <summary>The README's pictures are made by this test: <c>UPDATE_PICTURES=1</c>.</summary>
    private static async Task SaveAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("UPDATE_PICTURES") == "1")
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(AppHostProcess.Repository, "docs", "images", name) });
        }
    }
}
