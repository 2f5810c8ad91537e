package cortex.gateway.media;

import cortex.core.dialect.WebAddresses;
import cortex.core.dialect.chat.request.Target;
import cortex.core.time.Time;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/// Fetches the images that a request gives by web address, for models that may be given such. What
/// cannot be fetched has a reason in the image's place, which tells nothing of this network.
/// Blocks. Safe for use by many threads.
public final class WebImages {
    private final Limits limits;
    private final Time time;
    private final Resolver resolver;
    private final Predicate<InetAddress> allowed;
    private final SSLSocketFactory tls;

    /// How many images of one request are fetched, and how many bytes and how long all of them
    /// together may take.
    public record Limits(int count, int bytes, Duration timeout) {}

    /// Finds the addresses of a host.
    @FunctionalInterface
    public interface Resolver {
        /// The addresses of `host`, at least one.
        List<InetAddress> resolve(String host) throws UnknownHostException;
    }

    /// The request that the images are for.
    public interface Asker {
        /// Counts bytes that are about to be held for it.
        ///
        /// @throws cortex.core.failure.FailureException when it may not have them
        void take(long bytes) throws InterruptedException;

        /// Names what has to be given up when the request is; in place of what was named before.
        void onCancel(Runnable giveUp);
    }

    /// Of public hosts, as the system resolves their names.
    public WebImages(Limits limits, Time time) {
        this(
                limits,
                time,
                host -> List.of(InetAddress.getAllByName(host)),
                PublicAddresses::isPublic,
                (SSLSocketFactory) SSLSocketFactory.getDefault());
    }

    /// Of hosts all of whose addresses are `allowed`, and that `tls` trusts where it is spoken.
    WebImages(
            Limits limits,
            Time time,
            Resolver resolver,
            Predicate<InetAddress> allowed,
            SSLSocketFactory tls) {
        this.limits = limits;
        this.time = time;
        this.resolver = resolver;
        this.allowed = allowed;
        this.tls = tls;
    }

    /// The target with the images of the request in `body` when it may be given such.
    ///
    /// @throws cortex.core.failure.FailureException when there is no memory for them
    public Target fetched(Target target, byte[] body, Asker asker) throws InterruptedException {
        if (!target.quirks().imageUrls() || !target.quirks().vision()) {
            return target;
        }
        try {
            return target.withFetched(fetch(body, asker));
        } finally {
            asker.onCancel(() -> {});
        }
    }

    private Map<String, String> fetch(byte[] body, Asker asker) throws InterruptedException {
        Map<String, String> images = new HashMap<>();
        long deadline = time.nanos() + limits.timeout().toNanos();
        int left = limits.bytes();
        for (String url : WebAddresses.in(body)) {
            if (images.size() == limits.count()) {
                break;
            }
            try {
                byte[] image = get(url, deadline, left, asker);
                left -= image.length;
                String type = type(image);
                images.put(
                        url,
                        type == null
                                ? "it is no image of a known form"
                                : "data:image/"
                                        + type
                                        + ";base64,"
                                        + Base64.getEncoder().encodeToString(image));
            } catch (SocketTimeoutException e) {
                images.put(url, "it took too long");
            } catch (Refused e) {
                images.put(url, e.reason);
            } catch (IOException e) {
                images.put(url, "its host does not send it");
            }
        }
        return images;
    }

    /// A reason that the client may read.
    private static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;

        private final String reason;

        Refused(String reason) {
            super(reason);
            this.reason = reason;
        }
    }

    private byte[] get(String url, long deadline, int most, Asker asker)
            throws IOException, InterruptedException {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            throw new Refused("its address is malformed");
        }
        if (uri.getHost() == null || uri.getRawUserInfo() != null) {
            throw new Refused("its address is malformed");
        }
        List<InetAddress> addresses = resolver.resolve(uri.getHost());
        if (addresses.isEmpty() || !addresses.stream().allMatch(allowed)) {
            throw new Refused("its address is not a public one");
        }
        return new Fetch(time, deadline, tls, asker).get(uri, addresses.getFirst(), most);
    }

    private static @Nullable String type(byte[] image) {
        if (begins(image, 0, 0x89, 'P', 'N', 'G')) {
            return "png";
        }
        if (begins(image, 0, 0xff, 0xd8, 0xff)) {
            return "jpeg";
        }
        if (begins(image, 0, 'G', 'I', 'F', '8')) {
            return "gif";
        }
        if (begins(image, 0, 'B', 'M')) {
            return "bmp";
        }
        boolean riff = begins(image, 0, 'R', 'I', 'F', 'F') && begins(image, 8, 'W', 'E', 'B', 'P');
        return riff ? "webp" : null;
    }

    private static boolean begins(byte[] image, int at, int... bytes) {
        if (image.length < at + bytes.length) {
            return false;
        }
        for (int i = 0; i < bytes.length; i++) {
            if ((image[at + i] & 0xff) != bytes[i]) {
                return false;
            }
        }
        return true;
    }
}
