package cortex.core.node;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `GET /discovery`: what the host is. In JSON the parts of `said` stand among its own.
public record Discovery(
        String hostname,
        String os,
        @Nullable String kernel,
        List<DeviceInfo> devices,
        List<String> harnesses,
        @Nullable Long ramTotalMb,
        @JsonUnwrapped Said said) {
    public Discovery {
        devices = devices == null ? List.of() : List.copyOf(devices);
        harnesses = harnesses == null ? List.of() : List.copyOf(harnesses);
        said = said == null ? Said.NOTHING : said;
    }

    /// A host of which nothing more is said.
    public Discovery(
            String hostname,
            String os,
            @Nullable String kernel,
            List<DeviceInfo> devices,
            List<String> harnesses,
            @Nullable Long ramTotalMb) {
        this(hostname, os, kernel, devices, harnesses, ramTotalMb, Said.NOTHING);
    }

    /// What the neuron says beside what it found: `note` why devices cannot be read, when they
    /// cannot; `version` is its own.
    public record Said(@Nullable String note, @Nullable String version) {
        /// It says nothing.
        public static final Said NOTHING = new Said(null, null);
    }

    /// Why devices cannot be read; null when they can.
    public @Nullable String note() {
        return said.note();
    }
}
