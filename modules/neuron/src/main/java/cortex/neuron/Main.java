package cortex.neuron;

import cortex.core.log.ProgramOutput;
import cortex.core.log.SafeText;
import java.io.PrintWriter;

/// The program's entry point.
public final class Main {
    private Main() {}

    /// Runs the command and ends with its exit code: 0 done, 1 it failed, 2 it was called wrongly.
    public static void main(String[] args) {
        ProgramOutput standard = new ProgramOutput();
        PrintWriter out = SafeText.printer(standard);
        PrintWriter err = SafeText.printer(System.err);
        int code = new NeuronCommand(out, err, System.getenv()).run(args);
        System.exit(standard.end("neuron", code, out, err));
    }
}
