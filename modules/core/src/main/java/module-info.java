/// The vocabulary of both planes: configuration, catalogue, the neuron API's records, failures and
/// the clock. Opens no sockets and starts no threads.
module cortex.core {
    requires transitive tools.jackson.databind;
    requires transitive org.jspecify;
    requires static transitive com.google.errorprone.annotations;
    requires org.tomlj;
    requires java.logging;

    exports cortex.core.catalogue;
    exports cortex.core.config;
    exports cortex.core.dialect;
    exports cortex.core.dialect.anthropic;
    exports cortex.core.dialect.anthropic.request;
    exports cortex.core.dialect.anthropic.stream;
    exports cortex.core.dialect.chat;
    exports cortex.core.dialect.chat.answer;
    exports cortex.core.dialect.chat.request;
    exports cortex.core.dialect.chat.stream;
    exports cortex.core.dialect.chat.tool;
    exports cortex.core.dialect.form;
    exports cortex.core.dialect.openai;
    exports cortex.core.dialect.openai.parts;
    exports cortex.core.dialect.responses.request;
    exports cortex.core.dialect.responses.stream;
    exports cortex.core.config.problem;
    exports cortex.core.engine;
    exports cortex.core.failure;
    exports cortex.core.files;
    exports cortex.core.log;
    exports cortex.core.node;
    exports cortex.core.stop;
    exports cortex.core.time;

    opens cortex.core.engine to
            tools.jackson.databind;
    opens cortex.core.files to
            tools.jackson.databind;
    opens cortex.core.node to
            tools.jackson.databind;
}
