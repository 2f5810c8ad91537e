package cortex.gateway.http.models;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which part of the list a client asks for, in Anthropic's way: at most `limit` names right after
/// one name, or right before another. Nothing asked for is the whole list, as OpenAI's clients know
/// no pages.
public record Paging(int limit, @Nullable String afterId, @Nullable String beforeId) {
    /// Everything.
    public static final Paging ALL = new Paging(Integer.MAX_VALUE, null, null);

    private static final int LARGEST = 1000;

    /// Reads a query's parameters, each null when it is not given.
    ///
    /// @throws FailureException when they ask for no page
    public static Paging of(
            @Nullable String limit, @Nullable String afterId, @Nullable String beforeId) {
        if (afterId != null && beforeId != null) {
            throw bad("after_id and before_id cannot both be given", "after_id");
        }
        return new Paging(limit == null ? ALL.limit : number(limit), afterId, beforeId);
    }

    private static int number(String limit) {
        try {
            int number = Integer.parseInt(limit);
            if (number >= 1 && number <= LARGEST) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new FailureException(wrongLimit(), e);
        }
        throw new FailureException(wrongLimit());
    }

    private static Failure wrongLimit() {
        return new Failure.BadRequest(
                "limit: Input should be a whole number from 1 to " + LARGEST, "limit");
    }

    /// A page, and whether there is more beyond it in the direction that was asked for.
    record Page(List<String> names, boolean more) {}

    /// The page of a list.
    ///
    /// @throws FailureException when it begins at a name that is not in it
    Page of(List<String> names) {
        if (beforeId != null) {
            int end = place(names, beforeId, "before_id");
            int start = Math.max(0, end - limit);
            return new Page(names.subList(start, end), start > 0);
        }
        int start = afterId == null ? 0 : place(names, afterId, "after_id") + 1;
        int end = (int) Math.min(names.size(), (long) start + limit);
        return new Page(names.subList(start, end), end < names.size());
    }

    private static int place(List<String> names, String name, String parameter) {
        int place = names.indexOf(name);
        if (place < 0) {
            throw bad(parameter + ": no such model is listed", parameter);
        }
        return place;
    }

    private static FailureException bad(String message, String parameter) {
        return new FailureException(new Failure.BadRequest(message, parameter));
    }
}
