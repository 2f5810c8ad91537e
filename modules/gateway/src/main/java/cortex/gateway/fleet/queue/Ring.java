package cortex.gateway.fleet.queue;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/// Keeps the order in which keys take turns: the one whose turn it is comes first. A key that has
/// had several turns at once sits as many out while others are there. Changed by its one owner.
final class Ring {
    /// How many keys that owe turns and are not there now are remembered.
    private static final int OWING = 1_024;

    private final Set<String> keys = new LinkedHashSet<>();

    /// How many turns some have had beyond their own; forgotten when nobody is there.
    private final Map<String, Integer> owed = new LinkedHashMap<>();

    /// Returns the keys in the order of their turns.
    Iterable<String> keys() {
        return keys;
    }

    /// Returns whether it has another than this one.
    boolean hasOther(String key) {
        return keys.size() > 1 || (keys.size() == 1 && !keys.contains(key));
    }

    void add(String key) {
        keys.add(key);
        payOwed();
    }

    void remove(String key) {
        keys.remove(key);
        payOwed();
    }

    /// Notes that a key has had so many turns: its next one comes after those of all the others.
    void served(String key, int turns) {
        if (keys.remove(key)) {
            keys.add(key);
        }
        if (turns > 1) {
            owed.merge(key, turns - 1, Integer::sum);
        }
        payOwed();
    }

    void clear() {
        keys.clear();
        owed.clear();
    }

    /// Lets those sit turns out who have had more than their own, so that whoever comes first may
    /// be served.
    private void payOwed() {
        if (keys.isEmpty()) {
            owed.clear();
        }
        if (owed.isEmpty()) {
            return;
        }
        int least = Integer.MAX_VALUE;
        for (String key : keys) {
            least = Math.min(least, owed.getOrDefault(key, 0));
        }
        if (least > 0) {
            for (String key : keys) {
                pay(key, least);
            }
        }
        for (String first = first(); owed.containsKey(first); first = first()) {
            pay(first, 1);
            keys.remove(first);
            keys.add(first);
        }
        while (owed.size() > OWING) {
            owed.remove(owed.keySet().iterator().next());
        }
    }

    private String first() {
        return keys.iterator().next();
    }

    private void pay(String key, int turns) {
        owed.computeIfPresent(key, (_, owes) -> owes > turns ? owes - turns : null);
    }
}
