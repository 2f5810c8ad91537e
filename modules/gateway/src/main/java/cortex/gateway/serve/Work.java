package cortex.gateway.serve;

import cortex.core.dialect.WebAddresses;
import cortex.core.dialect.chat.request.Target;
import cortex.gateway.body.BodyWeight;
import cortex.gateway.body.MemoryBudget;
import cortex.gateway.body.TranslationPool;
import cortex.gateway.media.WebImages;
import java.util.Map;
import java.util.function.Supplier;

/// The work on one request's body: the memory it takes is counted before it begins, and what is
/// long is done on the pool's threads, until it is over or the request is given up.
record Work(Call call, MemoryBudget.Account account, TranslationPool pool)
        implements WebImages.Owner {
    /// Reads a body of `length` bytes without making a tree of it.
    ///
    /// @throws cortex.core.failure.FailureException what the reading throws, or what there is no
    ///   memory or time for
    <T> T reading(int length, Supplier<T> what) throws InterruptedException {
        long before = account.held();
        account.take(BodyWeight.reading(length));
        T read = run(length <= TranslationPool.SHORT_READING, what);
        account.keep(before);
        return read;
    }

    /// Makes trees of a body. The memory for them stays taken until {@link #settle}.
    ///
    /// @throws cortex.core.failure.FailureException what the translation throws, or what there is
    ///   no memory or time for
    <T> T translating(byte[] body, Supplier<T> what) throws InterruptedException {
        account.take(BodyWeight.of(body).translation());
        return run(body.length <= TranslationPool.SHORT_TREE, what);
    }

    /// Has the images fetched that a body gives by web address; what they take stays taken.
    ///
    /// @throws cortex.core.failure.FailureException when there is no memory for them, or why the
    ///   request was given up meanwhile
    Target fetching(WebImages images, Target target, byte[] body) throws InterruptedException {
        if (!WebImages.mayFetch(target)) {
            return target;
        }
        Map<String, Integer> addresses = reading(body.length, () -> WebAddresses.in(body));
        Target fetched = images.fetched(target, addresses, this);
        call.cancellation().check();
        return fetched;
    }

    @Override
    public void take(long bytes) throws InterruptedException {
        account.take(bytes);
    }

    @Override
    public void onCancel(Runnable giveUp) {
        call.cancellation().onCancel(giveUp);
    }

    private <T> T run(boolean isShort, Supplier<T> what) throws InterruptedException {
        call.cancellation().check();
        var owner =
                new TranslationPool.Owner(
                        call.scope().client(), account, call.cancellation()::onCancel);
        T done = isShort ? pool.runShort(what) : pool.run(owner, what);
        call.cancellation().check();
        return done;
    }

    /// From here on the request takes `bytes`, no more.
    void keep(long bytes) {
        account.keep(bytes);
    }

    /// From here on the request takes `bytes`, no more and no less.
    ///
    /// @throws cortex.core.failure.FailureException when there is no memory for them
    void settle(long bytes) throws InterruptedException {
        long held = account.held();
        if (bytes > held) {
            account.take(bytes - held);
        } else {
            account.keep(bytes);
        }
    }
}
