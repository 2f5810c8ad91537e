package cortex.cli.terminal;

import cortex.core.log.SafeText;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Text in columns as wide as their widest cell. A cell is one line, whatever is in it: no name can
/// forge a row.
public final class Table {
    private final List<List<String>> rows = new ArrayList<>();

    /// A table whose columns are headed so.
    public Table(String... head) {
        rows.add(List.of(head));
    }

    /// Adds a row; as many cells as columns.
    public void row(String... cells) {
        rows.add(Stream.of(cells).map(SafeText::line).toList());
    }

    /// Whether there are no rows but the head.
    public boolean isEmpty() {
        return rows.size() == 1;
    }

    @Override
    public String toString() {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }
}
