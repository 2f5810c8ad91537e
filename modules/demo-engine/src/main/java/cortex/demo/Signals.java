package cortex.demo;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/// Takes over the signals that ask a process to end. A shutdown hook would not do: it cannot see a
/// second signal, nor ignore the first. sun.misc.Signal is called by reflection because javac warns
/// about it in a way that cannot be silenced at one place.
final class Signals {
    private Signals() {}

    /// Calls `action` on every SIGTERM and SIGINT instead of ending the process.
    static void onTerminate(Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            InvocationHandler call =
                    (proxy, method, arguments) -> {
                        action.run();
                        return null;
                    };
            Object proxy =
                    Proxy.newProxyInstance(
                            Signals.class.getClassLoader(), new Class<?>[] {handler}, call);
            for (String name : new String[] {"TERM", "INT"}) {
                Object one = signal.getConstructor(String.class).newInstance(name);
                signal.getMethod("handle", signal, handler).invoke(null, one, proxy);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("taking over SIGTERM", e);
        }
    }
}
