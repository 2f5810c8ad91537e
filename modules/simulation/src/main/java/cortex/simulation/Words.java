package cortex.simulation;

import cortex.core.files.ModelFiles;
import cortex.core.node.ModelInfo;
import cortex.core.node.NodeHealth;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// An event and its effects as one line of the log that a person reads.
final class Words {
    private Words() {}

    /// An event and what follows from it, in one line.
    public static String of(FleetEvent event, List<Effect> effects) {
        String text = of(event);
        return effects.isEmpty()
                ? text
                : text
                        + effects.stream()
                                .map(Words::of)
                                .collect(Collectors.joining(", ", " -> ", ""));
    }

    private static String lacking(FleetEvent.NodeReported report) {
        Map<String, ModelFiles> files = report.files();
        return files == null
                ? ""
                : files.values().stream()
                        .filter(ModelFiles::lacks)
                        .map(ModelFiles::id)
                        .sorted()
                        .collect(Collectors.joining(", ", ", lacks files of [", "]"));
    }

    private static String of(FleetEvent event) {
        return switch (event) {
            case FleetEvent.Requested asked ->
                    "asked " + asked.request() + " " + asked.model().id();
            case FleetEvent.NodeReported report ->
                    "report of "
                            + report.node()
                            + " asked at "
                            + report.askedAt() / 1_000_000
                            + " ms"
                            + restarting(report.health())
                            + ", free "
                            + report.health().devices().stream().map(d -> d.vramFreeMb()).toList()
                            + " RAM "
                            + report.health().ramFreeMb()
                            + ", "
                            + report.models().stream().map(Words::of).toList()
                            + lacking(report);
            case FleetEvent.Wanted(long id, FleetEvent.Wish.Load load) ->
                    "Wanted[id="
                            + id
                            + ", wish=Load[model="
                            + load.model().id()
                            + ", node="
                            + load.node()
                            + "]]";
            case FleetEvent.LoadDone done -> "load done " + done.generation();
            case FleetEvent.Tick _,
                    FleetEvent.Closing _,
                    FleetEvent.Left _,
                    FleetEvent.Released _,
                    FleetEvent.NodeMissed _,
                    FleetEvent.EngineGone _,
                    FleetEvent.EngineFailed _,
                    FleetEvent.LoadFailed _,
                    FleetEvent.LoadRefused _,
                    FleetEvent.UnloadDone _,
                    FleetEvent.UnloadFailed _,
                    FleetEvent.Wanted _,
                    FleetEvent.HarnessRestarted _,
                    FleetEvent.HarnessNotRestarted _ ->
                    event.toString();
        };
    }

    private static String restarting(NodeHealth health) {
        NodeHealth.Restarting told = health.restarting();
        return told == null ? "" : ", back in " + told.backInSecs() + " s";
    }

    private static String of(ModelInfo info) {
        return info.replica() + " " + info.id() + " " + info.status() + info.memory().devices();
    }

    private static String of(Effect effect) {
        return switch (effect) {
            case Effect.Grant grant ->
                    "grant " + grant.request() + " generation " + grant.target().generation();
            case Effect.Refuse refuse ->
                    "refuse " + refuse.request() + " (" + refuse.failure().told() + ")";
            case Effect.StartLoad load ->
                    "LOAD "
                            + load.request().modelId()
                            + " generation "
                            + load.generation()
                            + " on "
                            + load.node()
                            + load.request().devices()
                            + " taking "
                            + load.request().vramMb();
            case Effect.Adopt _,
                    Effect.StartUnload _,
                    Effect.RestartHarness _,
                    Effect.Outcome _,
                    Effect.Remember _,
                    Effect.KeepWishes _,
                    Effect.PollNow _ ->
                    effect.toString();
        };
    }
}
