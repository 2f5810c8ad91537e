package cortex.core.dialect.anthropic.request;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.Texts;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Reads system text, top level or a turn's, without the billing header that Claude Code puts at
/// its head: it changes from request to request and costs the engine its whole prefix cache.
final class SystemText {
    private static final String BILLING = "x-anthropic-billing-header:";

    private SystemText() {}

    /// The text of a string or of text blocks; empty when there is none. `where` names the field in
    /// an error.
    static String of(JsonNode content, String where) {
        if (content.isMissingNode() || content.isNull()) {
            return "";
        }
        if (content.isString()) {
            return withoutBilling(content.asString());
        }
        if (!content.isArray()) {
            throw ChatJson.bad(where + ": Input should be a string or a list of blocks", where);
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode block : content) {
            if (ChatJson.stringOrEmpty(block, "type").equals("text")) {
                texts.add(withoutBilling(ChatJson.stringOrEmpty(block, "text")));
            }
        }
        return Texts.join(texts);
    }

    private static String withoutBilling(String text) {
        if (!text.stripLeading().startsWith(BILLING)) {
            return text;
        }
        String header = text.stripLeading();
        int end = header.indexOf('\n');
        return end < 0 ? "" : header.substring(end + 1).stripLeading();
    }
}
