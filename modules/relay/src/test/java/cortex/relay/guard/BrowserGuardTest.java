package cortex.relay.guard;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.config.HostPort;
import cortex.core.time.SystemTime;
import cortex.relay.http.ErrorBody;
import cortex.relay.http.HttpServers;
import cortex.relay.http.RawClient;
import cortex.relay.http.RunningServer;
import cortex.relay.http.ServerSettings;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class BrowserGuardTest {
    private static final String HERE = "Host: 127.0.0.1:8000\r\n";
    private static final String JSON = "Content-Type: application/json\r\nContent-Length: 2\r\n";

    private final BrowserGuard guard =
            new BrowserGuard(
                    new BrowserGuard.Rules(
                            HostNames.of(List.of("llm.example.com")),
                            "https://app.example"::equals,
                            path -> path.startsWith("/forms"),
                            new BrowserGuard.Words(
                                    "Add it to hosts in [gateway].",
                                    "Add it to cors_origins in [gateway].")));
    private final RunningServer server =
            HttpServers.start(
                    ServerSettings.of(new HostPort("127.0.0.1", 0)),
                    ErrorBody.openAi(),
                    new SystemTime(),
                    routes -> {
                        routes.addFilter(guard);
                        routes.any((_, response) -> response.send("served"));
                    });

    @AfterEach
    void stop() {
        server.close();
    }

    private String answer(String line, String headers, String body) throws IOException {
        try (RawClient client = new RawClient(server.address())) {
            return client.send(line + " HTTP/1.1\r\n" + headers + "\r\n" + body).readResponse();
        }
    }

    private String post(String headers) throws IOException {
        return answer("POST /models/load", HERE + headers, "{}");
    }

    @Test
    void whatAWebPageSentToStartACommandIsRefused() throws IOException {
        String page = "Origin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\n";
        String drive = "Content-Type: text/plain\r\nContent-Length: 2\r\n" + page;
        assertThat(post(drive))
                .startsWith("HTTP/1.1 403")
                .contains("https://evil.example", "cors_origins in [gateway]", "\"error\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example",
                "null",
                "",
                "file://",
                "http://127.0.0.1:3000",
                "http://localhost:8000",
                "http://127.0.0.1",
                "https://app.example.evil.example",
                "https://app.example/",
                "https://user@127.0.0.1:8000",
                "127.0.0.1:8000",
                "httpx://127.0.0.1:8000",
                "http://",
                "chrome-extension://127.0.0.1:8000",
            })
    void foreignOriginsAreRefused(String origin) throws IOException {
        assertThat(post(JSON + "Origin: " + origin + "\r\n")).startsWith("HTTP/1.1 403");
        assertThat(answer("GET /health", HERE + "Origin: " + origin + "\r\n", ""))
                .startsWith("HTTP/1.1 403");
        assertThat(answer("OPTIONS /x", HERE + "Origin: " + origin + "\r\n", ""))
                .startsWith("HTTP/1.1 403");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"https://app.example", "http://127.0.0.1:8000", "https://127.0.0.1:8000"})
    void ownAndAllowedOriginsPass(String origin) throws IOException {
        assertThat(post(JSON + "Origin: " + origin + "\r\n")).endsWith("served");
    }

    @Test
    void theUsualPortOfASchemeNeedNotBeNamed() throws IOException {
        String tls = "Host: llm.example.com:443\r\nOrigin: https://llm.example.com\r\n";
        assertThat(answer("GET /x", tls, "")).endsWith("served");
        String plain = "Host: llm.example.com\r\nOrigin: http://llm.example.com:80\r\n";
        assertThat(answer("GET /x", plain, "")).endsWith("served");
        String other = "Host: llm.example.com\r\nOrigin: https://llm.example.com:8443\r\n";
        assertThat(answer("GET /x", other, "")).startsWith("HTTP/1.1 403");
    }

    @ParameterizedTest
    @CsvSource({
        "GET /,         cross-site,  navigate, 200",
        "GET /,         cross-site,  no-cors,  403",
        "GET /health,   cross-site,  navigate, 403",
        "GET /health,   cross-site,  cors,     403",
        "POST /,        cross-site,  navigate, 403",
        "GET /metrics,  same-site,   navigate, 200",
        "GET /metrics,  same-site,   no-cors,  403",
        "GET /metrics,  none,        navigate, 200",
        "GET /metrics,  same-origin, cors,     200",
        "GET /metrics,  odd,         navigate, 403",
    })
    void othersPagesMayLinkToTheWelcomePageOnly(String line, String site, String mode, int status)
            throws IOException {
        String headers = "Sec-Fetch-Site: " + site + "\r\nSec-Fetch-Mode: " + mode + "\r\n";
        assertThat(answer(line, HERE + headers, "")).startsWith("HTTP/1.1 " + status);
    }

    @Test
    void anAllowedOriginMayBeOfAnotherSite() throws IOException {
        String headers = "Origin: https://app.example\r\nSec-Fetch-Site: cross-site\r\n";
        assertThat(post(JSON + headers)).endsWith("served");
    }

    @Test
    void aReboundNameIsRefusedWithTheKeyToSet() throws IOException {
        String rebound = "Host: rebound.evil.example:8000\r\n";
        assertThat(answer("GET /admin/fleet", rebound, ""))
                .startsWith("HTTP/1.1 421")
                .contains("rebound.evil.example", "hosts in [gateway]");
        String page = "Origin: http://rebound.evil.example:8000\r\nSec-Fetch-Site: same-origin\r\n";
        assertThat(answer("POST /x", rebound + page + JSON, "{}")).startsWith("HTTP/1.1 421");
        assertThat(answer("GET /x", "Host: llm.example.com\r\n", "")).endsWith("served");
    }

    @Test
    void theAuthorityOfAnAbsoluteTargetCountsAsTheHost() throws IOException {
        assertThat(answer("GET http://rebound.evil.example/x", HERE, ""))
                .startsWith("HTTP/1.1 421");
        assertThat(answer("GET http://rebound.evil.example", HERE, "")).startsWith("HTTP/1.1 421");
        assertThat(answer("GET http://127.0.0.1:8000/x", "Host: evil.example\r\n", ""))
                .endsWith("served");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=b",
                "application/octet-stream",
                "text/json",
                "text/plain; application/json",
                "text/plain, application/json",
                "application/x,+json",
                "",
            })
    void aBodyThatIsNotCalledJsonIsRefused(String type) throws IOException {
        String typed = "Content-Type: " + type + "\r\nContent-Length: 2\r\n";
        assertThat(post(typed))
                .startsWith("HTTP/1.1 415")
                .contains("Content-Type: application/json");
        assertThat(answer("PUT /x", HERE + typed, "{}")).startsWith("HTTP/1.1 415");
        assertThat(answer("DELETE /x", HERE + typed, "{}")).startsWith("HTTP/1.1 415");
    }

    @Test
    void soIsOneThatIsCalledNothing() throws IOException {
        assertThat(post("Content-Length: 2\r\n")).startsWith("HTTP/1.1 415");
        String chunked = HERE + "Transfer-Encoding: chunked\r\n";
        assertThat(answer("POST /x", chunked, "2\r\n{}\r\n0\r\n\r\n")).startsWith("HTTP/1.1 415");
        String two = "Content-Type: application/json\r\nContent-Type: text/plain\r\n";
        assertThat(post(two + "Content-Length: 2\r\n")).startsWith("HTTP/1.1 415");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "Application/JSON; charset=utf-8",
                "application/vnd.api+json",
            })
    void jsonIsTakenByAnyOfItsNames(String type) throws IOException {
        assertThat(post("Content-Type: " + type + "\r\nContent-Length: 2\r\n")).endsWith("served");
    }

    @Test
    void aPostWithoutABodyNeedsATypeUnlessItTellsWhosePageItIsOf() throws IOException {
        String empty = HERE + "Content-Length: 0\r\n";
        assertThat(answer("POST /admin/undrain", empty, ""))
                .startsWith("HTTP/1.1 415")
                .contains("Content-Type: application/json");
        assertThat(answer("POST /admin/undrain", HERE, "")).startsWith("HTTP/1.1 415");
        assertThat(answer("POST /x", empty + "Content-Type: text/plain\r\n", ""))
                .startsWith("HTTP/1.1 415");
        assertThat(answer("POST /x", empty + "Content-Type: application/json\r\n", ""))
                .endsWith("served");
        assertThat(answer("POST /x", empty + "Origin: http://127.0.0.1:8000\r\n", ""))
                .endsWith("served");
        assertThat(answer("DELETE /x", HERE, "")).as("no page may send it").endsWith("served");
    }

    @Test
    void formsAreTakenWhereTheRouteTakesThem() throws IOException {
        String form = HERE + "Content-Type: multipart/form-data; boundary=b\r\n";
        assertThat(answer("POST /forms/x", form + "Content-Length: 2\r\n", "{}"))
                .endsWith("served");
        String plain = HERE + "Content-Type: text/plain\r\nContent-Length: 2\r\n";
        assertThat(answer("POST /forms/x", plain, "{}"))
                .startsWith("HTTP/1.1 415")
                .contains("multipart/form-data");
    }
}
