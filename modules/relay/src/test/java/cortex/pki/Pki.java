package cortex.pki;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Makes an authority and what it signs, with the JDK's keytool, as PEM files.
public final class Pki {
    private static final String PASSWORD = "changeit";
    private final Path dir;
    private final Path store;

    /// An authority whose files begin with `name`.
    public Pki(Path dir, String name) throws Exception {
        this.dir = dir;
        this.store = dir.resolve(name + ".p12");
        keytool("-alias", "ca", "-dname", "CN=" + name, "-ext", "bc:c", "-keyalg", "EC");
        Files.writeString(dir.resolve(name + ".pem"), pem("CERTIFICATE", entry("ca").getEncoded()));
    }

    /// The certificates of an authority or what it signed, and the key of the latter.
    public record Issued(Path certificate, Path key) {}

    /// A certificate for 127.0.0.1 and its key, in `name.pem` and `name-key.pem`.
    public Issued issue(String name, String algorithm) throws Exception {
        keytool(
                "-alias",
                name,
                "-dname",
                "CN=" + name,
                "-signer",
                "ca",
                "-keyalg",
                algorithm,
                "-ext",
                "san=ip:127.0.0.1,dns:localhost");
        Path certificate = dir.resolve(name + ".pem");
        Path key = dir.resolve(name + "-key.pem");
        Files.writeString(certificate, pem("CERTIFICATE", entry(name).getEncoded()));
        Files.writeString(
                key, pem("PRIVATE KEY", open().getKey(name, PASSWORD.toCharArray()).getEncoded()));
        return new Issued(certificate, key);
    }

    private Certificate entry(String alias) throws IOException, GeneralSecurityException {
        return open().getCertificate(alias);
    }

    private KeyStore open() throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        return keys;
    }

    private void keytool(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(
                List.of(
                        "-J-XX:TieredStopAtLevel=1",
                        "-genkeypair",
                        "-validity",
                        "30",
                        "-storetype",
                        "PKCS12"));
        command.addAll(List.of("-keystore", store.toString(), "-storepass", PASSWORD));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException("keytool: " + said);
        }
    }

    private static String pem(String what, byte[] der) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n";
    }
}
