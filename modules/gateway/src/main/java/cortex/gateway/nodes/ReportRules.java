package cortex.gateway.nodes;

import cortex.core.files.FilesQuestion;
import cortex.core.files.FilesReport;
import cortex.core.files.ModelFiles;
import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;
import cortex.core.node.Discovery;
import cortex.core.node.HarnessHealth;
import cortex.core.node.LoadRequest;
import cortex.core.node.ModelInfo;
import cortex.core.node.NodeHealth;
import cortex.core.node.NodeHealth.UnloadCounts;
import cortex.gateway.config.PollingConfig;
import cortex.gateway.nodes.NeuronException.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a neuron's answers must keep to: how many entries and bytes they may have, how long and of
/// what letters names are, in what range numbers lie. A node is believed about itself, but one that
/// is broken or taken over must not cost the others anything; so what breaks a rule is no report at
/// all. Words for people (a device's name, an engine's last words) break none: they are cut short
/// and made printable. Immutable.
///
/// `engineHosts` are the hosts besides its own that it may hand out as an engine's.
public record ReportRules(PollingConfig.Reports limits, List<String> engineHosts) {
    public ReportRules {
        engineHosts = List.copyOf(engineHosts);
    }

    /// For a neuron whose engines are all on its own host.
    public ReportRules(PollingConfig.Reports limits) {
        this(limits, List.of());
    }

    /// With the defaults of `[polling]`.
    public static final ReportRules USUAL = new ReportRules(PollingConfig.Reports.USUAL);

    /// More than any host has: eight cards of seven MIG instances each, and themselves.
    private static final int MAX_DEVICES = 64;

    private static final int MAX_CAPABILITIES = 32;
    private static final int MAX_HARNESSES = 32;
    private static final int LONGEST_NAME = 256;

    /// An engine may answer to the path of its file.
    private static final int LONGEST_PATH = 4096;

    private static final int LONGEST_WORDS = 8192;

    /// How a revision looks, which goes back in a path; empty before the first.
    private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9-]{0,64}");

    /// 16 TiB of one device, 1 PiB of a host, in MiB.
    private static final long MOST_DEVICE_MB = 1L << 24;

    private static final long MOST_HOST_MB = 1L << 30;
    private static final long BESIDE_MB = 1_024;
    private static final long MOST = 1L << 40;
    private static final int MOST_SMALL = 1_000_000;
    private static final double LONGEST_SECS = 1e9;

    private static NeuronException broken(String text) {
        return NeuronException.failed(Kind.BROKEN, text, null);
    }

    private static void check(boolean holds, String otherwise) throws NeuronException {
        if (!holds) {
            throw broken(otherwise);
        }
    }

    private static void checkCount(Collection<?> entries, int most, String what)
            throws NeuronException {
        if (entries.size() > most) {
            throw broken("reports " + entries.size() + " " + what + ", more than " + most);
        }
    }

    private static void range(@Nullable Number value, double least, double most, String what)
            throws NeuronException {
        if (value == null) {
            return;
        }
        double number = value.doubleValue();
        if (!(number >= least && number <= most)) {
            throw broken("reports " + what + " of " + value);
        }
    }

    /// A name that others go by; null where there need be none.
    private static void name(@Nullable String name, int longest, String what)
            throws NeuronException {
        if (name == null) {
            return;
        }
        if (name.isBlank() || name.length() > longest) {
            throw broken("reports " + what + " of " + name.length() + " characters");
        }
        if (!name.codePoints().allMatch(ReportRules::printable)) {
            throw broken("reports " + what + " with characters that cannot be printed");
        }
    }

    /// Neither control characters nor what turns the direction of writing or ends a line.
    private static boolean printable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED ->
                    false;
            default -> true;
        };
    }

    /// Words for people, made printable and cut short; a text of many lines keeps them.
    static @Nullable String words(@Nullable String text) {
        if (text == null) {
            return null;
        }
        boolean sound =
                text.length() <= LONGEST_WORDS
                        && text.codePoints().allMatch(c -> c == '\n' || c == '\t' || printable(c));
        if (sound) {
            return text;
        }
        StringBuilder clean = new StringBuilder();
        text.codePoints()
                .limit(LONGEST_WORDS)
                .map(c -> c == '\n' || c == '\t' || printable(c) ? c : ' ')
                .forEach(clean::appendCodePoint);
        return clean.toString();
    }

    /// The host as it may be believed.
    ///
    /// @throws NeuronException with the rule that it breaks
    Discovery checked(Discovery told) throws NeuronException {
        checkCount(told.devices(), MAX_DEVICES, "devices");
        checkCount(told.harnesses(), MAX_HARNESSES, "harnesses");
        range(told.ramTotalMb(), 0, MOST_HOST_MB, "ram_total_mb");
        for (String harness : told.harnesses()) {
            name(harness, LONGEST_NAME, "a harness's name");
        }
        Set<Integer> indexes = new HashSet<>();
        for (DeviceInfo device : told.devices()) {
            index(device.index());
            check(indexes.add(device.index()), "reports device " + device.index() + " twice");
            range(device.vramTotalMb(), 0, MOST_DEVICE_MB, "vram_total_mb");
            name(device.uuid(), LONGEST_NAME, "a device's uuid");
            name(device.vendor(), LONGEST_NAME, "a device's vendor");
            capability(device.capability());
        }
        List<DeviceInfo> devices =
                told.devices().stream()
                        .map(d ->
                                new DeviceInfo(
                                        d.index(),
                                        d.vendor(),
                                        said(d.name()),
                                        d.uuid(),
                                        d.vramTotalMb(),
                                        d.memory(),
                                        d.capability()))
                        .toList();
        return new Discovery(
                said(told.hostname()),
                said(told.os()),
                words(told.kernel()),
                devices,
                told.harnesses(),
                told.ramTotalMb(),
                new Discovery.Said(words(told.note()), version(told.said().version())));
    }

    /// A version as it may stand in a label: one that is longer than any is none.
    private static @Nullable String version(@Nullable String told) throws NeuronException {
        name(told, LONGEST_NAME, "its version");
        return told;
    }

    private static void capability(Map<String, String> told) throws NeuronException {
        checkCount(told.keySet(), MAX_CAPABILITIES, "capabilities of one device");
        for (Map.Entry<String, String> one : told.entrySet()) {
            name(one.getKey(), LONGEST_NAME, "a capability's name");
            name(one.getValue(), LONGEST_NAME, "a device's " + one.getKey());
        }
    }

    private static String said(@Nullable String words) {
        String clean = words(words);
        return clean == null ? "" : clean;
    }

    private static void index(int index) throws NeuronException {
        range(index, 0, MOST_SMALL, "a device's index");
    }

    /// The readings as they may be believed.
    ///
    /// @throws NeuronException with the rule that they break
    NodeHealth checked(NodeHealth told) throws NeuronException {
        checkCount(told.devices(), MAX_DEVICES, "devices");
        checkCount(told.harnesses(), MAX_HARNESSES, "harnesses");
        range(told.uptimeSecs(), 0, MOST, "uptime_secs");
        range(told.ramFreeMb(), 0, MOST_HOST_MB, "ram_free_mb");
        range(told.readingAgeSecs(), 0, LONGEST_SECS, "reading_age_secs");
        for (DeviceHealth device : told.devices()) {
            index(device.index());
            range(device.vramUsedMb(), 0, MOST_DEVICE_MB, "vram_used_mb");
            range(device.vramFreeMb(), 0, MOST_DEVICE_MB, "vram_free_mb");
            range(device.utilizationPct(), 0, 1000, "utilization_pct");
            range(device.tempC(), -300, 1000, "temp_c");
        }
        for (HarnessHealth harness : told.harnesses()) {
            check(harness.name() != null, "reports a harness without a name");
            name(harness.name(), LONGEST_NAME, "a harness's name");
            range(harness.cycles(), 0, Integer.MAX_VALUE, "cycles");
            range(harness.inFlight(), 0, MOST_SMALL, "in_flight");
        }
        UnloadCounts unloads = told.unloads();
        if (unloads != null) {
            range(unloads.verified(), 0, MOST, "verified");
            range(unloads.leaked(), 0, MOST, "leaked");
            range(unloads.unknown(), 0, MOST, "unknown");
            range(unloads.escalated(), 0, MOST, "escalated");
            range(unloads.leakedMb(), 0, MOST, "leaked_mb");
        }
        NodeHealth.Restarting restarting = told.restarting();
        if (restarting != null) {
            range(restarting.backInSecs(), 0, LONGEST_SECS, "back_in_secs");
        }
        List<HarnessHealth> harnesses =
                told.harnesses().stream()
                        .map(h ->
                                new HarnessHealth(
                                        h.name(),
                                        h.cycles(),
                                        h.restartable(),
                                        h.inFlight(),
                                        words(h.unavailable())))
                        .toList();
        return new NodeHealth(
                told.uptimeSecs(),
                told.devices(),
                told.ramFreeMb(),
                told.readingAgeSecs(),
                harnesses,
                unloads,
                restarting);
    }

    /// A replica as it may be believed.
    ///
    /// @throws NeuronException with the rule that it breaks
    ModelInfo checked(ModelInfo told) throws NeuronException {
        ModelInfo.Engine engine = told.engine();
        ModelInfo.Memory memory = told.memory();
        name(told.id(), LONGEST_NAME, "a model's id");
        name(told.replica(), LONGEST_NAME, "a replica's id");
        name(engine.harness(), LONGEST_NAME, "a harness's name");
        name(engine.engineModel(), LONGEST_PATH, "an engine's model");
        checkCount(memory.devices(), MAX_DEVICES, "devices of one model");
        check(
                new HashSet<>(memory.devices()).size() == memory.devices().size(),
                "reports a device of a model twice");
        for (int device : memory.devices()) {
            index(device);
        }
        range(memory.vramUsedMb(), 0, MOST_HOST_MB, "vram_used_mb");
        range(memory.peakUsedMb(), 0, MOST_HOST_MB, "peak_used_mb");
        List<Long> each = memory.devicesUsedMb();
        if (each != null) {
            checkCount(each, MAX_DEVICES, "devices_used_mb");
            for (Long mb : each) {
                range(mb, 0, MOST_DEVICE_MB, "devices_used_mb");
            }
        }
        range(told.inFlight(), 0, MOST_SMALL, "in_flight");
        range(engine.slots(), 0, MOST_SMALL, "slots");
        range(engine.context(), 0, Integer.MAX_VALUE, "context");
        range(told.load().loadSecs(), 0, LONGEST_SECS, "load_secs");
        range(told.load().progress(), 0, 1, "progress");
        range(told.load().lastProgressSecs(), 0, LONGEST_SECS, "last_progress_secs");
        range(told.load().downloadedMb(), 0, MOST, "downloaded_mb");
        ModelInfo.Rest rest = told.load().rest();
        range(rest == null ? null : rest.secs(), 0, LONGEST_SECS, "rest");
        SaidFailure said = SaidFailure.of(engine);
        return new ModelInfo(
                told.id(),
                told.replica(),
                told.status(),
                told.inFlight(),
                new ModelInfo.Engine(
                        engine.harness(),
                        engine.engineModel(),
                        engine.slots(),
                        engine.context(),
                        engine.traits(),
                        said.reason(),
                        said.cause()),
                memory,
                told.load());
    }

    /// What there is of models' files, as it may be believed of those that were asked about.
    ///
    /// @throws NeuronException with the rule that it breaks
    FilesReport checked(FilesReport told, FilesQuestion question) throws NeuronException {
        check(told.revision() != null, "reports files without a revision");
        check(REVISION.matcher(told.revision()).matches(), "reports files of no proper revision");
        List<ModelFiles> models = told.models();
        if (models == null) {
            return told;
        }
        checkCount(models, question.models().size(), "models' files");
        Set<String> ids = new HashSet<>();
        for (LoadRequest asked : question.models()) {
            ids.add(asked.modelId());
        }
        List<ModelFiles> clean = new ArrayList<>(models.size());
        for (ModelFiles model : models) {
            check(ids.remove(model.id()), "reports files of a model that nobody asked about");
            range(model.sizeMb(), 0, MOST, "size_mb");
            range(model.freeMb(), 0, MOST, "free_mb");
            name(model.stamp(), LONGEST_NAME, "a stamp");
            clean.add(
                    new ModelFiles(
                            model.id(),
                            model.state(),
                            model.sizeMb(),
                            model.freeMb(),
                            SaidFailure.line(model.file()),
                            SaidFailure.line(model.why()),
                            model.stamp()));
        }
        return new FilesReport(told.revision(), clean);
    }

    /// Whether what models are said to hold can be: no more than the devices have, but for a little
    /// that drivers differ by.
    ///
    /// @throws NeuronException when it is more
    static void checkMemory(Discovery host, NodeHealth health, List<ModelInfo> models)
            throws NeuronException {
        Map<Integer, Long> most = new HashMap<>();
        for (DeviceInfo device : host.devices()) {
            Long total = device.vramTotalMb();
            if (total != null) {
                most.put(device.index(), total + total / 10 + BESIDE_MB);
            }
        }
        for (DeviceHealth device : health.devices()) {
            within(most, device.index(), device.vramFreeMb(), "has free");
        }
        for (ModelInfo model : models) {
            ModelInfo.Memory memory = model.memory();
            List<Long> each = memory.devicesUsedMb();
            long all = 0;
            for (int at = 0; at < memory.devices().size(); at++) {
                int device = memory.devices().get(at);
                if (each != null && at < each.size()) {
                    within(most, device, each.get(at), "gives '" + model.id() + "'");
                }
                Long has = most.get(device);
                all = has == null ? MOST_HOST_MB : all + has;
            }
            boolean fits = memory.devices().isEmpty() || atMost(memory.vramUsedMb(), all);
            check(
                    fits && (memory.devices().isEmpty() || atMost(memory.peakUsedMb(), all)),
                    "reports that '" + model.id() + "' takes more memory than its devices have");
        }
    }

    private static boolean atMost(@Nullable Long mb, long most) {
        return mb == null || mb <= most;
    }

    private static void within(Map<Integer, Long> most, int device, @Nullable Long mb, String who)
            throws NeuronException {
        Long has = most.get(device);
        if (has != null && mb != null && mb > has) {
            throw broken("reports that device " + device + " " + who + " " + mb + " MiB");
        }
    }

    /// An engine's address and name, or the id of a load.
    ///
    /// @throws NeuronException when it is no name
    static void checkName(@Nullable String name, String what) throws NeuronException {
        name(name, LONGEST_PATH, what);
    }
}
