package cortex.core.config;

import java.nio.file.Path;
import java.util.List;

/// Writes sections for people: what is in force, and what there is to set.
final class ConfigText {
    private static final int COMMENT_COLUMN = 44;

    private ConfigText() {}

    static String effective(List<Section> roots) {
        StringBuilder text = new StringBuilder();
        for (Section root : roots) {
            text.append(text.isEmpty() ? "" : "\n").append("# ").append(root.file()).append('\n');
            root.all().filter(s -> !s.effective().isEmpty()).forEach(s -> values(text, s));
        }
        return text.toString();
    }

    private static void values(StringBuilder text, Section section) {
        if (!section.header().isEmpty()) {
            text.append('\n').append(section.header()).append('\n');
        }
        for (Section.Effective value : section.effective()) {
            String line = value.name() + " = " + value.toml();
            text.append(line);
            text.append(" ".repeat(Math.max(2, COMMENT_COLUMN - line.length())));
            text.append("# ").append(value.origin().brief()).append('\n');
        }
    }

    static String markdown(List<Section> roots) {
        StringBuilder text = new StringBuilder();
        for (Section root : roots) {
            text.append(text.isEmpty() ? "" : "\n")
                    .append("## ")
                    .append(name(root.file()))
                    .append("\n\n");
            text.append(root.meaning()).append("\n");
            root.all().filter(s -> !s.keys().isEmpty()).forEach(s -> keys(text, s));
        }
        return text.toString();
    }

    private static Object name(Path file) {
        Path name = file.getFileName();
        return name == null ? file : name;
    }

    private static void keys(StringBuilder text, Section section) {
        if (section.header().isEmpty()) {
            text.append('\n');
        } else {
            text.append("\n### `").append(section.header()).append("`\n\n");
            text.append(section.meaning()).append("\n\n");
        }
        text.append("| key | value | default | meaning |\n| --- | --- | --- | --- |\n");
        for (Declared key : section.keys()) {
            String fallback = key.fallback();
            String shown =
                    key.required() ? "**required**" : fallback == null ? "not set" : code(fallback);
            text.append("| `").append(key.name()).append("` | ").append(cell(key.type()));
            text.append(" | ").append(shown).append(" | ").append(cell(key.meaning()));
            text.append(" |\n");
        }
    }

    private static String code(String toml) {
        return toml.startsWith("(") ? cell(toml.substring(1, toml.length() - 1)) : "`" + toml + "`";
    }

    private static String cell(String text) {
        StringBuilder cell = new StringBuilder();
        boolean code = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            code ^= c == '`';
            boolean escaped = c == '|' || (!code && opensTag(text, i));
            cell.append(escaped ? "\\" : "").append(c);
        }
        return cell.toString();
    }

    private static boolean opensTag(String text, int at) {
        return text.charAt(at) == '<'
                && at + 1 < text.length()
                && (Character.isLetter(text.charAt(at + 1))
                        || "/!?".indexOf(text.charAt(at + 1)) >= 0);
    }
}
