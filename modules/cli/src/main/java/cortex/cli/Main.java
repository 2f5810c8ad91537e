package cortex.cli;

/// The program's entry point.
public final class Main {
    private Main() {}

    /// Runs the program.
    public static void main(String[] args) {}
}
