package cortex.core.config.problem;

import java.nio.file.Path;

/// Where a value comes from.
public sealed interface Origin {
    /// As it stands before a problem: enough to find the place.
    String where();

    /// As it stands behind an effective value.
    String brief();

    /// A place in a file. Lines and columns count from 1; line 0 means the file as a whole.
    record InFile(Path file, int line, int column) implements Origin {
        @Override
        public String where() {
            return line == 0 ? file.toString() : file + ":" + line + ":" + column;
        }

        @Override
        public String brief() {
            Path name = file.getFileName();
            return (name == null ? file : name) + (line == 0 ? "" : ":" + line);
        }
    }

    /// An environment variable.
    record Variable(String name) implements Origin {
        @Override
        public String where() {
            return "environment variable " + name;
        }

        @Override
        public String brief() {
            return name;
        }
    }

    /// A file that systemd hands to the unit.
    record Credential(String name) implements Origin {
        @Override
        public String where() {
            return "credential " + name;
        }

        @Override
        public String brief() {
            return where();
        }
    }

    /// Nobody set it.
    record Default() implements Origin {
        @Override
        public String where() {
            return "default";
        }

        @Override
        public String brief() {
            return "default";
        }
    }
}
