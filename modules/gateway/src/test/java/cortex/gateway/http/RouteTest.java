package cortex.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.gateway.http.Route.Access;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Where paths lead.
class RouteTest {
    @ParameterizedTest
    @EnumSource
    void everyCallHasOneSpelling(AdminCall call) {
        String path = call.path();
        String verb = path.substring("/admin/".length());
        assertThat(Route.of(path)).isEqualTo(new Route.Admin(call, ""));
        for (String other : misspelt(path, verb)) {
            Route route = Route.of(other);
            assertThat(route).as(other).isNotInstanceOf(Route.Admin.class);
            assertThat(route.access()).as(other).isEqualTo(Access.KEY);
        }
    }

    private static List<String> misspelt(String path, String verb) {
        return List.of(
                "/v1" + path,
                "/v1/v1" + path,
                "/v1/v1/v1" + path,
                "/anthropic" + path,
                "/anthropic/v1" + path,
                "/anthropic/anthropic" + path,
                "/models/.." + path,
                "/" + path,
                "//" + path,
                "/." + path,
                "/v1/.." + path,
                "/x/../.." + path,
                path + "/",
                path + "//",
                path + ".",
                path + "..",
                path + "/.",
                path + "/..",
                path + "%2f",
                path + "%00",
                path + "%20",
                path + ";a=b",
                path + ";",
                path + "\\",
                "/admin//" + verb,
                "/admin/./" + verb,
                "/admin/../admin/" + verb,
                "/admin%2f" + verb,
                "/admin%2F" + verb,
                "/admin\\" + verb,
                "/admin;/" + verb,
                "/admin./" + verb,
                "/Admin/" + verb,
                "/ADMIN/" + verb,
                "/%61dmin/" + verb,
                "/adm%69n/" + verb,
                "/a%64min/%" + Integer.toHexString(verb.charAt(0)) + verb.substring(1),
                "/admin/%" + Integer.toHexString(verb.charAt(0)) + verb.substring(1),
                "/admin/"
                        + verb.substring(0, 1).toUpperCase(java.util.Locale.ROOT)
                        + verb.substring(1),
                "admin/" + verb,
                path.substring(1),
                "\\admin\\" + verb,
                "/%2e/admin/" + verb,
                "/%2e%2e/admin/" + verb,
                "/v1%2f..%2fadmin/" + verb,
                "http://127.0.0.1" + path,
                "*" + path);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/admin",
                "/admin/",
                "/admin/nothing",
                "/admin/metrics",
                "/v1/admin",
                "/anthropic/admin",
                "/admin/requests/",
                "/admin/requests//a",
                "/admin/requests/..",
                "/admin/requests/.",
                "/admin/requests/a/b",
                "/admin/requests/a%2fb",
                "/admin/requests/%61",
                "/metrics",
                "/v1/metrics",
                "/v1/health",
                "/v1/ready",
                "/ready/",
                "//ready",
                "/Ready",
                "/anthropic",
                "/v1/chat%2fcompletions",
                "/v1/Models",
                "//v1/models",
                "/v1/chat//completions"
            })
    void thereIsNothingElse(String path) {
        assertThat(Route.of(path)).isEqualTo(new Route.Unknown());
        assertThat(Route.of(path).opensToPages()).isFalse();
        assertThat(Route.of(path).methods()).isEmpty();
    }

    @Test
    void anOperatorsSideIsNeverOpenToPages() {
        for (AdminCall call : AdminCall.values()) {
            Route route = Route.of(call.path());
            assertThat(route.opensToPages()).isFalse();
            assertThat(route.access()).isEqualTo(Access.OPERATOR);
        }
        assertThat(Route.of("/admin/requests/req_1f8a"))
                .isEqualTo(new Route.Admin(AdminCall.REQUESTS, "req_1f8a"));
    }

    @ParameterizedTest
    @CsvSource({
        "'', /v1, /v1/v1, /anthropic, /anthropic/v1",
    })
    void inferenceAndModelsAreFoundUnderWhatClientsPutInFront(
            String none, String v1, String twice, String anthropic, String both) {
        for (String prefix : List.of(none, v1, twice, anthropic, both)) {
            for (Endpoint endpoint : Endpoint.values()) {
                Route route = Route.of(prefix + endpoint.path());
                assertThat(route).isEqualTo(new Route.Inference(endpoint));
                assertThat(Route.of(prefix + endpoint.path() + "//")).isEqualTo(route);
                assertThat(route.access()).isEqualTo(Access.KEY);
                assertThat(route.methods()).containsExactly("POST");
            }
            assertThat(Route.of(prefix + "/models")).isEqualTo(new Route.Models());
            assertThat(Route.of(prefix + "/models/a/b%2Fc")).isEqualTo(new Route.Model("a/b%2Fc"));
        }
        assertThat(new Route.Model("a/b%2Fc+d").id()).isEqualTo("a/b/c+d");
        assertThat(new Route.Model("a%zz").id()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "/, WELCOME",
        "/v1, WELCOME",
        "/v1/, WELCOME",
        "/anthropic/, WELCOME",
        "/api/hello, HELLO",
        "/anthropic/api/hello, HELLO",
        "/health, HEALTH",
        "/ready, READY"
    })
    void pagesNeedNoKey(String path, Route.Page page) {
        assertThat(Route.of(path)).isEqualTo(page);
        assertThat(page.access()).isEqualTo(Access.PUBLIC);
    }
}
