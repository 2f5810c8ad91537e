package cortex.bench.dialect;

import java.util.ArrayList;
import java.util.List;

/// An agent's session in the middle of its work: a long system prompt, many tools with schemas, and
/// turns that read and edit files. Made up, and the same every time. Uses nothing but the JDK.
record Session(String system, List<Tool> tools, String task, List<Step> steps) {
    private static final int TOOLS = 22;
    private static final String PROSE =
            "Reads the file at the given path and returns its lines with numbers. Prefer it to a"
                    + " shell; don't use it for directories. If the path is \"relative\", it counts"
                    + " from the project's root (see the notes above).\n\n";

    /// A tool: its name, what it is for, and its parameters' JSON schema.
    record Tool(String name, String description, String schema) {}

    /// One turn: what the model thought and said, the tool it called, and what came of it.
    record Step(
            String id, String thought, String text, String tool, String arguments, String result) {}

    /// A session after `turns` turns.
    static Session after(int turns) {
        List<Tool> tools = new ArrayList<>();
        for (int i = 0; i < TOOLS; i++) {
            tools.add(tool(i));
        }
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < turns; i++) {
            steps.add(step(i));
        }
        return new Session(
                "You are an agent that works on software in a terminal.\n" + PROSE.repeat(70),
                tools,
                "The cache in src/store forgets entries too early: find out why, and mend it.",
                steps);
    }

    private static Tool tool(int n) {
        StringBuilder schema = new StringBuilder("{\"type\":\"object\",\"properties\":{");
        for (int i = 0; i < 6; i++) {
            schema.append(i > 0 ? "," : "").append("\"field_").append(i);
            schema.append("\":{\"type\":\"").append(i % 2 == 0 ? "string" : "integer");
            schema.append("\",\"description\":\"What field ").append(i);
            schema.append(" stands for, in a sentence as schemas have it, and its default.\"}");
        }
        schema.append("},\"required\":[\"field_0\",\"field_1\"],\"additionalProperties\":false}");
        return new Tool(n == 0 ? "Read" : "Tool" + n, PROSE.repeat(4), schema.toString());
    }

    private static Step step(int n) {
        String file = "/home/dev/project/src/store/Cache" + n + ".java";
        return new Step(
                "toolu_01" + Integer.toString(100_000 + n * 7919, 36) + "Xq9Lm2",
                "The entry is put at one place and removed at three; number " + n + " is next. ",
                "I'll look at `Cache" + n + ".java`.",
                "Read",
                "{\"file_path\":\"" + file + "\",\"offset\":" + n + ",\"limit\":60}",
                code(n));
    }

    private static String code(int n) {
        StringBuilder text = new StringBuilder();
        for (int line = 1; line <= 60; line++) {
            text.append(String.format("%6d\t", line));
            switch ((line + n) % 4) {
                case 0 -> text.append("    if (entry.isStale(now)) { // älter als die Frist\n");
                case 1 -> text.append("        log.debug(\"removes \\\"{}\\\"\", entry.key());\n");
                case 2 -> text.append("        entries.remove(entry.key(), entry);\n");
                default -> text.append("    }\n");
            }
        }
        return text.toString();
    }
}
