package cortex.neuron.device.vendor;

import cortex.core.config.problem.FileTrouble;
import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;
import cortex.neuron.device.Device;
import cortex.neuron.device.DeviceProbe;
import cortex.neuron.device.DeviceReading;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Reads AMD devices from the files that the amdgpu driver shows below `/sys`; starts no process.
/// Memory is in bytes and `unique_id` in hexadecimal there (the kernel's
/// Documentation/gpu/amdgpu/driver-misc.rst), temperature in thousandths of a degree. A card
/// without `mem_info_vram_total` belongs to another driver and is left out.
///
/// The own index counts the cards in the order in which ROCm enumerates them, as far as they are
/// known when they are first seen, and stays with its PCI address. The driver does not tell here
/// which process holds what, nor whether the memory is the host's.
public final class AmdSysfs implements DeviceProbe {
    private static final System.Logger LOG = System.getLogger(AmdSysfs.class.getName());
    private static final String VENDOR_ID = "0x1002";
    private static final int UNKNOWN_NODE = Integer.MAX_VALUE;

    private final Path cards;
    private final Path nodes;
    private final Map<String, Integer> indexes = new HashMap<>();

    /// Reads below `sys`, which is `/sys` on a real host.
    public AmdSysfs(Path sys) {
        this.cards = sys.resolve("class/drm");
        this.nodes = sys.resolve("class/kfd/kfd/topology/nodes");
    }

    /// A card: its PCI address, its directory, and ROCm's node for it, null when it has none.
    private record Card(String address, Path files, @Nullable Node node) {
        int order() {
            return node == null ? UNKNOWN_NODE : node.number();
        }
    }

    /// A device as the compute driver counts it; `gfx` is its instruction set's version.
    private record Node(int number, String address, @Nullable String gfx) {}

    @Override
    public String vendor() {
        return "amd";
    }

    /// By identity where all have one: ROCm takes `GPU-` and the 16 digits of `unique_id`, keeps
    /// the order (ROCR-Runtime, amd_filter_device.cpp), and HIP then counts what is left. ROCm
    /// takes an empty list for "all" in HIP's variable, so none is an index that cannot be.
    @Override
    public Map<String, String> environment(List<Bound> devices) {
        if (devices.isEmpty()) {
            return Map.of("HIP_VISIBLE_DEVICES", "-1");
        }
        String list = Bound.list(devices);
        if (devices.stream().anyMatch(device -> device.uuid() == null)) {
            return Map.of("HIP_VISIBLE_DEVICES", list);
        }
        String each =
                IntStream.range(0, devices.size())
                        .mapToObj(String::valueOf)
                        .collect(Collectors.joining(","));
        return Map.of("ROCR_VISIBLE_DEVICES", list, "HIP_VISIBLE_DEVICES", each);
    }

    @Override
    public DeviceReading read() {
        List<Card> found;
        try {
            found = found();
        } catch (IOException e) {
            return DeviceReading.failed("The AMD devices cannot be read: " + FileTrouble.words(e));
        }
        List<String> unread = new ArrayList<>();
        List<Device> devices =
                found.stream()
                        .map(card -> device(card, unread))
                        .sorted(Comparator.comparingInt(device -> device.info().index()))
                        .toList();
        return new DeviceReading(
                true, devices, null, unread.isEmpty() ? null : String.join(" ", unread));
    }

    /// The cards of this vendor, in ROCm's order.
    private List<Card> found() throws IOException {
        List<Card> found = new ArrayList<>();
        Map<String, Node> known = null;
        for (Path card : matching(cards, "card\\d+")) {
            Path files = card.resolve("device");
            if (VENDOR_ID.equals(text(files.resolve("vendor")))
                    && Files.exists(files.resolve("mem_info_vram_total"))) {
                known = known == null ? nodes() : known;
                String address = values(files.resolve("uevent"), "=").get("PCI_SLOT_NAME");
                String name = address == null ? card.getFileName().toString() : address;
                found.add(new Card(name, files, known.get(name)));
            }
        }
        found.sort(Comparator.comparingInt(Card::order).thenComparing(Card::address));
        return found;
    }

    /// Reads a card; adds to `unread` why its memory cannot be.
    private Device device(Card card, List<String> unread) {
        int index = indexes.computeIfAbsent(card.address(), any -> indexes.size());
        Path files = card.files();
        Long total = null;
        Long used = null;
        try {
            total = mib(files.resolve("mem_info_vram_total"));
            used = mib(files.resolve("mem_info_vram_used"));
        } catch (IOException e) {
            unread.add(
                    "The memory of AMD device "
                            + card.address()
                            + " cannot be read: "
                            + FileTrouble.words(e));
        }
        Node node = card.node();
        DeviceInfo info =
                new DeviceInfo(
                        index,
                        vendor(),
                        name(files),
                        uuid(files),
                        total,
                        null,
                        node == null || node.gfx() == null ? Map.of() : Map.of("gfx", node.gfx()));
        Long busy = whole(textOrNull(files.resolve("gpu_busy_percent")));
        return new Device(
                info,
                new DeviceHealth(
                        index,
                        used,
                        total == null || used == null ? null : Math.max(0, total - used),
                        busy == null ? null : Math.toIntExact(busy),
                        temperature(files.resolve("hwmon"))));
    }

    /// The identity in ROCm's form; cards of before 2017 have none, others may have zero.
    private static @Nullable String uuid(Path files) {
        String id = textOrNull(files.resolve("unique_id"));
        return id == null || id.matches("0*") ? null : "GPU-" + id;
    }

    /// Only some server cards tell their product's name; others have the number of their chip.
    private static String name(Path files) {
        String product = textOrNull(files.resolve("product_name"));
        if (product != null) {
            return product;
        }
        String chip = textOrNull(files.resolve("device"));
        return chip == null ? "AMD GPU" : "AMD GPU " + chip;
    }

    private static @Nullable Integer temperature(Path hwmon) {
        try {
            for (Path sensor : matching(hwmon, "hwmon\\d+")) {
                Long thousandths = whole(textOrNull(sensor.resolve("temp1_input")));
                if (thousandths != null) {
                    return Math.toIntExact(thousandths / 1000);
                }
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "a card's sensors cannot be read", e);
        }
        return null;
    }

    /// The compute driver's devices by PCI address; those without compute units are CPUs.
    private Map<String, Node> nodes() throws IOException {
        Map<String, Node> known = new HashMap<>();
        for (Path node : matching(nodes, "\\d+")) {
            Map<String, String> properties = values(node.resolve("properties"), " ");
            Long location = whole(properties.get("location_id"));
            Long units = whole(properties.get("simd_count"));
            if (location != null && units != null && units > 0) {
                Long domain = whole(properties.get("domain"));
                String address = address(domain == null ? 0 : domain, location);
                int number = Integer.parseInt(node.getFileName().toString());
                known.put(
                        address,
                        new Node(number, address, gfx(properties.get("gfx_target_version"))));
            }
        }
        return known;
    }

    /// A location is bus, device and function in 8, 5 and 3 bits.
    private static String address(long domain, long location) {
        return "%04x:%02x:%02x.%d"
                .formatted(domain, location >> 8 & 0xff, location >> 3 & 0x1f, location & 7);
    }

    /// The name of a version such as 90402: major, and two digits each of minor and stepping, which
    /// the name has in hexadecimal, make gfx942.
    private static @Nullable String gfx(@Nullable String version) {
        Long number = whole(version);
        return number == null || number == 0
                ? null
                : "gfx%d%x%x".formatted(number / 10_000, number / 100 % 100, number % 100);
    }

    /// The entries whose names match, in their names' order; none where there is no directory.
    private static List<Path> matching(Path dir, String names) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(dir)) {
            for (Path entry : entries) {
                if (entry.getFileName().toString().matches(names)) {
                    found.add(entry);
                }
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        found.sort(Comparator.naturalOrder());
        return found;
    }

    /// Lines of a name, a sign and a value.
    private static Map<String, String> values(Path file, String sign) throws IOException {
        String text = text(file);
        Map<String, String> values = new HashMap<>();
        for (String line : text == null ? List.<String>of() : text.lines().toList()) {
            int at = line.indexOf(sign);
            if (at > 0) {
                values.put(line.substring(0, at), line.substring(at + 1).strip());
            }
        }
        return values;
    }

    /// Reads a file; null when there is none or it is empty.
    private static @Nullable String text(Path file) throws IOException {
        try {
            String text = Files.readString(file).strip();
            return text.isEmpty() ? null : text;
        } catch (NoSuchFileException | NotDirectoryException e) {
            return null;
        }
    }

    /// Reads a file that a device can do without: the driver refuses some while the device sleeps.
    private static @Nullable String textOrNull(Path file) {
        try {
            return text(file);
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "cannot be read: " + file, e);
            return null;
        }
    }

    private static @Nullable Long mib(Path file) throws IOException {
        Long bytes = whole(text(file));
        return bytes == null ? null : bytes >> 20;
    }

    private static @Nullable Long whole(@Nullable String text) {
        return text != null && text.matches("\\d{1,18}") ? Long.valueOf(text) : null;
    }
}
