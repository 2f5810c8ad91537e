package cortex.core.catalogue;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All models that may be asked for, by id and by alias. Immutable.
public final class Catalogue {
    private final Map<String, ModelProfile> byId = new LinkedHashMap<>();
    private final Map<String, ModelProfile> byName = new HashMap<>();

    /// Ids and aliases must be distinct over all profiles.
    ///
    /// @throws IllegalArgumentException when a name stands for two models
    public Catalogue(List<ModelProfile> profiles) {
        for (ModelProfile profile : profiles) {
            byId.put(profile.id(), profile);
            claim(profile.id(), profile);
            profile.aliases().forEach(alias -> claim(alias, profile));
        }
    }

    private void claim(String name, ModelProfile profile) {
        ModelProfile other = byName.put(name, profile);
        if (other != null) {
            throw new IllegalArgumentException(
                    "'" + name + "' names both " + other.id() + " and " + profile.id());
        }
    }

    /// The profile of an id or alias, or null.
    public @Nullable ModelProfile find(String name) {
        return byName.get(name);
    }

    /// The profiles in the order of the file.
    public List<ModelProfile> profiles() {
        return List.copyOf(byId.values());
    }

    /// Every id and alias.
    public List<String> names() {
        return byName.keySet().stream().sorted().toList();
    }
}
