package cortex.gateway.media;

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
    private static final String TOO_LONG = "it took too long";

    /// What a byte of an image takes at most each time that it is shown again: as base64 in the
    /// request to the engine, and that once more on its way there.
    private static final int AGAIN = 3;

    private final Limits limits;
    private final Time time;
    private final Deadlines deadlines = new Deadlines();
    private final Lookups lookups;
    private final Predicate<InetAddress> allowed;
    private final SSLSocketFactory tls;

    /// How many images of one request are fetched, and how many bytes and how long all of them
    /// together may take; an image that is shown several times counts its bytes as often.
    public record Limits(int count, int bytes, Duration timeout) {}

    /// Finds the addresses of a host.
    @FunctionalInterface
    public interface Resolver {
        /// The addresses of `host`, at least one.
        List<InetAddress> resolve(String host) throws UnknownHostException;
    }

    /// The request that the images are for.
    public interface Owner {
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
        this.lookups = new Lookups(resolver);
        this.allowed = allowed;
        this.tls = tls;
    }

    /// Whether a target may be given images by their web address.
    public static boolean mayFetch(Target target) {
        return target.quirks().images().byUrl() && target.quirks().images().seen();
    }

    /// The target with the images of a request, which holds each of these addresses so many times.
    ///
    /// @throws cortex.core.failure.FailureException when there is no memory for them
    public Target fetched(Target target, Map<String, Integer> addresses, Owner owner)
            throws InterruptedException {
        if (!mayFetch(target)) {
            return target;
        }
        try {
            return target.withFetched(fetch(addresses, owner));
        } finally {
            owner.onCancel(() -> {});
        }
    }

    private Map<String, String> fetch(Map<String, Integer> addresses, Owner owner)
            throws InterruptedException {
        Map<String, String> images = new HashMap<>();
        long deadline = time.nanos() + limits.timeout().toNanos();
        int left = limits.bytes();
        for (Map.Entry<String, Integer> address : addresses.entrySet()) {
            if (images.size() == limits.count()) {
                break;
            }
            String url = address.getKey();
            int times = address.getValue();
            try {
                byte[] image = get(url, deadline, left / times, owner);
                left -= image.length * times;
                owner.take((long) AGAIN * image.length * (times - 1));
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
                images.put(url, TOO_LONG);
            } catch (Refused e) {
                images.put(url, e.reason);
            } catch (IOException e) {
                boolean late = time.nanos() >= deadline;
                images.put(url, late ? TOO_LONG : "its host does not send it");
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

    private byte[] get(String url, long deadline, int most, Owner owner)
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
        List<InetAddress> addresses = lookups.find(uri.getHost(), deadline - time.nanos(), owner);
        if (addresses.isEmpty() || !addresses.stream().allMatch(allowed)) {
            throw new Refused("its address is not a public one");
        }
        return new Fetch(time, deadline, deadlines, tls, owner)
                .get(uri, addresses.getFirst(), most);
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
