package cortex.gateway.placement.eviction;

import java.util.Locale;

/// Is what unloading replicas costs. A higher `level` is given up only when no set of a lower one
/// will do; within a level the `amount` decides. Amounts are only comparable under one policy.
public record Cost(int level, double amount) implements Comparable<Cost> {
    /// The level of replicas that nobody would miss; below every class.
    public static final int SPARE = Integer.MIN_VALUE;

    public Cost {
        if (Double.isNaN(amount) || amount < 0) {
            throw new IllegalArgumentException("not a cost: " + amount);
        }
    }

    /// Returns the cost of both: as high as the higher, and of equals the sum.
    public Cost plus(Cost other) {
        if (level != other.level) {
            return level > other.level ? this : other;
        }
        return new Cost(level, amount + other.amount);
    }

    @Override
    public int compareTo(Cost other) {
        int byLevel = Integer.compare(level, other.level);
        return byLevel == 0 ? Double.compare(amount, other.amount) : byLevel;
    }

    @Override
    public String toString() {
        String text = String.format(Locale.ROOT, "cost %.4g", amount);
        if (level == SPARE) {
            return text + ", one of several";
        }
        return level == 0 ? text : text + " in class " + level;
    }
}
