package cortex.gateway.body;

/// Lets others' virtual threads go on in the middle of work that blocks nowhere.
final class Pause {
    private Pause() {}

    /// Goes to the end of the queue for a carrier thread.
    @SuppressWarnings("ThreadPriorityCheck") // a virtual thread is rescheduled by it
    static void now() {
        Thread.yield();
    }
}
