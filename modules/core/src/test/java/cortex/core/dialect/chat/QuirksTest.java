package cortex.core.dialect.chat;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelQuirks;
import cortex.core.catalogue.ModelQuirks.Alternation;
import cortex.core.catalogue.ModelQuirks.Schemas;
import cortex.core.catalogue.ModelQuirks.SystemInMiddle;
import cortex.core.catalogue.ModelQuirks.ToolIds;
import cortex.core.catalogue.ModelQuirks.UserAfterTool;
import cortex.core.engine.Effort;
import cortex.core.engine.EngineApi;
import cortex.core.engine.EngineTraits;
import cortex.core.engine.TemplateTraits;
import cortex.core.node.EngineOptions;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The catalogue wins over what an engine gave away, which wins over what does least harm.
class QuirksTest {
    private static final EngineTraits SEEN =
            new EngineTraits(
                    EngineApi.MISTRALRS.word(),
                    new EngineTraits.Abilities(true, false, null, true, false, false),
                    new TemplateTraits(true, true, true, true, true));

    private static ModelProfile model(ModelQuirks quirks) {
        return new ModelProfile(
                "m",
                List.of(),
                new ModelProfile.Engine("demo", null, EngineOptions.NONE),
                new ModelProfile.Needs(null, 0, null, null, List.of()),
                ModelProfile.Residency.DEFAULT,
                quirks,
                null);
    }

    @Test
    void nothingSaidAndNothingSeen() {
        assertThat(Quirks.of(model(ModelQuirks.NONE), EngineTraits.UNKNOWN)).isEqualTo(Quirks.NONE);
    }

    @Test
    void whatTheEngineGaveAwayCounts() {
        Quirks quirks = Quirks.of(model(ModelQuirks.NONE), SEEN);
        assertThat(quirks.turns().rewriteToolIds()).isTrue();
        assertThat(quirks.turns().foldUserAfterTool()).isTrue();
        assertThat(quirks.turns().userFirst()).isTrue();
        assertThat(quirks.reasoning().possible()).isTrue();
        assertThat(quirks.images().seen()).isFalse();
    }

    @Test
    void systemTurnsStayWhereTheTemplateHasAPlaceForThem() {
        assertThat(systemInMiddle(false, true)).isEqualTo(SystemInMiddle.PRESERVE);
        assertThat(systemInMiddle(false, false)).isEqualTo(SystemInMiddle.FOLD);
        assertThat(systemInMiddle(true, true)).isEqualTo(SystemInMiddle.FOLD);
    }

    private static SystemInMiddle systemInMiddle(boolean alternates, boolean anywhere) {
        var template = new TemplateTraits(false, alternates, anywhere, false, false);
        var seen = new EngineTraits(null, EngineTraits.Abilities.UNKNOWN, template);
        return Quirks.of(model(ModelQuirks.NONE), seen).turns().systemInMiddle();
    }

    @Test
    void whatTheCatalogueSaysWins() {
        var said =
                new ModelQuirks(
                        new ModelQuirks.Turns(
                                ToolIds.AS_IS,
                                UserAfterTool.KEEP,
                                SystemInMiddle.PRESERVE,
                                Alternation.ANY),
                        new ModelQuirks.Reasoning(false, Effort.LOW),
                        new ModelQuirks.Images(true, List.of("png"), false),
                        Schemas.AS_IS,
                        new ModelQuirks.Answers(true, true),
                        100,
                        List.of("lora"));
        assertThat(Quirks.of(model(said), SEEN))
                .isEqualTo(
                        new Quirks(
                                new Quirks.Turns(false, false, SystemInMiddle.PRESERVE, false),
                                new Quirks.Reasoning(false, Effort.LOW),
                                new Quirks.Images(true, List.of("png"), false),
                                Schemas.AS_IS,
                                new Quirks.Answers(true, true),
                                100,
                                List.of("lora")));
        assertThat(Quirks.of(model(said), SEEN).retriesSchemas()).isFalse();
    }

    @Test
    void theEngineIsWhatItTurnedOutToBe() {
        assertThat(EngineApi.of("demo", SEEN)).isEqualTo(EngineApi.MISTRALRS);
        assertThat(EngineApi.of("demo", EngineTraits.UNKNOWN)).isEqualTo(EngineApi.LLAMA_SERVER);
        assertThat(EngineApi.of("other", EngineTraits.UNKNOWN)).isEqualTo(EngineApi.GENERIC);
    }
}
