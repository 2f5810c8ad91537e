package cortex.neuron.device.vendor;

import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;
import cortex.neuron.device.Device;
import cortex.neuron.device.vendor.NvidiaSmiParser.Row;
import java.io.StringReader;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/// Finds the instances of GPUs in MIG mode; pure. A process can use one instance and never the GPU
/// that was split, so the instances stand in the GPU's place. `nvidia-smi -L` names them, only `-q
/// -x` tells their memory; utilisation is not measured for them.
final class MigParser {
    /// An instance's index is (its GPU's index + 1) × this + its own number, so that the others
    /// keep theirs.
    static final int STEP = 100;

    private static final System.Logger LOG = System.getLogger(MigParser.class.getName());
    private static final Pattern GPU = Pattern.compile("^GPU \\d+: .*\\(UUID: (GPU-[^)]+)\\)");
    private static final Pattern INSTANCE =
            Pattern.compile("^\\s+MIG (\\S+)\\s+Device\\s+(\\d{1,2}): \\(UUID: (MIG-[^)]+)\\)");

    private MigParser() {}

    /// One line of `-L`: the instance's profile such as `3g.40gb`, its number within the GPU, its
    /// identity.
    private record Instance(String profile, int number, String uuid) {}

    /// Memory in MiB.
    private record Memory(@Nullable Long total, @Nullable Long used, @Nullable Long free) {
        static final Memory UNKNOWN = new Memory(null, null, null);
    }

    /// The devices of `rows`, with each GPU in MIG mode replaced by its instances. A split GPU
    /// whose instances cannot be found stays, its memory unknown: nothing can be placed on it.
    static List<Device> replace(List<Row> rows, String list, String xml) {
        Map<String, List<Instance>> instances = instances(list);
        Map<String, Map<Integer, Memory>> memory = memory(xml);
        List<Device> devices = new ArrayList<>();
        for (Row row : rows) {
            String uuid = row.device().info().uuid();
            List<Instance> own = uuid == null ? List.of() : instances.getOrDefault(uuid, List.of());
            if (!row.mig()) {
                devices.add(row.device());
            } else if (own.isEmpty()) {
                devices.add(instance(row.device(), null, Memory.UNKNOWN));
            } else {
                Map<Integer, Memory> sizes = memory.getOrDefault(uuid, Map.of());
                for (Instance one : own) {
                    Memory size = sizes.getOrDefault(one.number(), Memory.UNKNOWN);
                    devices.add(instance(row.device(), one, size));
                }
            }
        }
        return devices;
    }

    private static Device instance(Device gpu, @Nullable Instance own, Memory memory) {
        DeviceInfo info = gpu.info();
        int index = own == null ? info.index() : (info.index() + 1) * STEP + own.number();
        DeviceInfo known =
                new DeviceInfo(
                        index,
                        info.vendor(),
                        info.name() + " MIG " + (own == null ? "(no instance)" : own.profile()),
                        own == null ? info.uuid() : own.uuid(),
                        memory.total(),
                        info.memory(),
                        info.capability());
        return new Device(
                own == null ? known : NvidiaSmiParser.with(known, "mig", own.profile()),
                new DeviceHealth(index, memory.used(), memory.free(), null, gpu.health().tempC()));
    }

    /// The instances by their GPU's uuid.
    private static Map<String, List<Instance>> instances(String list) {
        Map<String, List<Instance>> byGpu = new HashMap<>();
        String gpu = "";
        for (String line : list.lines().toList()) {
            Matcher head = GPU.matcher(line);
            Matcher instance = INSTANCE.matcher(line);
            if (head.find()) {
                gpu = head.group(1);
            } else if (instance.find()) {
                byGpu.computeIfAbsent(gpu, any -> new ArrayList<>())
                        .add(
                                new Instance(
                                        instance.group(1),
                                        Integer.parseInt(instance.group(2)),
                                        instance.group(3)));
            }
        }
        return byGpu;
    }

    /// The instances' memory by GPU uuid and instance number; what is there of it when the text is
    /// broken.
    private static Map<String, Map<Integer, Memory>> memory(String xml) {
        Map<String, Map<Integer, Memory>> byGpu = new HashMap<>();
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        try {
            XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(xml));
            while (reader.hasNext()) {
                if (reader.next() == XMLStreamConstants.START_ELEMENT
                        && reader.getLocalName().equals("gpu")) {
                    gpu(reader, byGpu);
                }
            }
        } catch (XMLStreamException e) {
            LOG.log(Level.DEBUG, "nvidia-smi -q -x is not readable as XML", e);
        }
        return byGpu;
    }

    /// Reads one `gpu` element; its uuid stands after its instances.
    private static void gpu(XMLStreamReader reader, Map<String, Map<Integer, Memory>> byGpu)
            throws XMLStreamException {
        Map<Integer, Memory> sizes = new HashMap<>();
        String uuid = "";
        while (reader.hasNext()) {
            int event = reader.next();
            if (event == XMLStreamConstants.END_ELEMENT && reader.getLocalName().equals("gpu")) {
                break;
            }
            if (event == XMLStreamConstants.START_ELEMENT) {
                switch (reader.getLocalName()) {
                    case "mig_device" -> migDevice(reader, sizes);
                    case "uuid" -> uuid = reader.getElementText().strip();
                    default -> {}
                }
            }
        }
        byGpu.put(uuid, sizes);
    }

    private static void migDevice(XMLStreamReader reader, Map<Integer, Memory> sizes)
            throws XMLStreamException {
        Integer number = null;
        Map<String, String> memory = new HashMap<>();
        boolean within = false;
        while (reader.hasNext()) {
            int event = reader.next();
            if (event == XMLStreamConstants.END_ELEMENT) {
                within &= !reader.getLocalName().equals("fb_memory_usage");
                if (reader.getLocalName().equals("mig_device")) {
                    break;
                }
            } else if (event == XMLStreamConstants.START_ELEMENT) {
                String element = reader.getLocalName();
                if (element.equals("fb_memory_usage")) {
                    within = true;
                } else if (element.equals("index")) {
                    number = NvidiaSmiParser.whole(reader.getElementText().strip());
                } else if (within) {
                    memory.put(element, reader.getElementText().strip());
                }
            }
        }
        if (number != null) {
            sizes.put(
                    number,
                    new Memory(
                            NvidiaSmiParser.mib(memory.get("total")),
                            NvidiaSmiParser.mibOrZero(memory.get("used")),
                            NvidiaSmiParser.mibOrZero(memory.get("free"))));
        }
    }
}
