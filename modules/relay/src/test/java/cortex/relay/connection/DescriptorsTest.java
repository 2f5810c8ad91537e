package cortex.relay.connection;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DescriptorsTest {
    @Test
    void connectionsFitWhatTheProcessMayOpen() {
        assertThat(Descriptors.fit(8192, 1_048_576, 60)).isEqualTo(8192);
        assertThat(Descriptors.fit(8192, 1024, 60)).isEqualTo((1024 - 60 - 32 - 64) / 2);
        assertThat(Descriptors.fit(8192, 160, 60)).isEqualTo((160 - 60 - 32 - 10) / 2);
        assertThat(Descriptors.fit(8192, 64, 60)).isEqualTo(1);
        assertThat(Descriptors.fit(4, 1024, 60)).isEqualTo(4);
    }

    @Test
    void aPortBesideTheMainOneHasFew() {
        assertThat(Descriptors.beside(1_048_576)).isEqualTo(64);
        assertThat(Descriptors.beside(160)).isEqualTo(10);
        assertThat(Descriptors.beside(8)).isEqualTo(1);
    }
}
