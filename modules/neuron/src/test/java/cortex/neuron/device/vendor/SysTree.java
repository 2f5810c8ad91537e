package cortex.neuron.device.vendor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// A directory that looks like `/sys` as far as graphics cards go. The files and their units are
/// those of the kernel's Documentation/gpu/amdgpu/driver-misc.rst and of the topology of amdkfd.
final class SysTree {
    private final Path sys;

    SysTree(Path sys) {
        this.sys = sys;
    }

    /// The files of a card's device, by name; they lie where the bus has them, and the card's
    /// `device` leads there.
    Path card(String name, String address, Map<String, String> files) throws IOException {
        Path device = sys.resolve("devices/pci0000:00").resolve(address);
        write(device, "uevent", "DRIVER=amdgpu\nPCI_ID=1002:744C\nPCI_SLOT_NAME=" + address + "\n");
        for (Map.Entry<String, String> file : files.entrySet()) {
            write(device, file.getKey(), file.getValue() + "\n");
        }
        Path card = Files.createDirectories(sys.resolve("class/drm").resolve(name));
        Files.createSymbolicLink(card.resolve("device"), device);
        Files.createDirectories(sys.resolve("class/drm").resolve(name + "-DP-1"));
        return device;
    }

    /// A node of the compute driver's topology.
    void node(int number, String properties) throws IOException {
        Path nodes = sys.resolve("class/kfd/kfd/topology/nodes");
        write(nodes.resolve(String.valueOf(number)), "properties", properties);
    }

    static void write(Path dir, String file, String text) throws IOException {
        Path path = dir.resolve(file);
        Files.createDirectories(path.resolve("..").normalize());
        Files.writeString(path, text);
    }
}
