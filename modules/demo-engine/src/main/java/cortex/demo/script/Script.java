package cortex.demo.script;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one request makes the engine do: refuse with `refuse` (a status, 0: do not), or generate
/// `pieces` at `speed` tokens a second (null: the engine's own, 0: as fast as possible) and end
/// with `finish`, unless `fault` comes in between. Whatever goes wrong does so `once` only.
public record Script(
        List<Piece> pieces,
        String finish,
        @Nullable Double speed,
        Fault fault,
        int refuse,
        boolean once) {
    public Script {
        pieces = List.copyOf(pieces);
    }

    /// The same without anything that goes wrong.
    public Script unharmed() {
        return new Script(pieces, finish, speed, Fault.NONE, 0, false);
    }
}
