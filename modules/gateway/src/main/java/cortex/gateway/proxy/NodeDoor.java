package cortex.gateway.proxy;

import cortex.gateway.nodes.NodeIdentity;
import cortex.relay.pump.Exchange;
import cortex.relay.pump.Peer;
import cortex.relay.pump.UnprovenPeerException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.jspecify.annotations.Nullable;

/// The way to the engines of one node: what goes there goes to that node and nobody else, as far as
/// its neuron can prove it.
public final class NodeDoor implements AutoCloseable {
    private final HttpClient client;
    private final NodeIdentity identity;

    /// Sends over `client`.
    NodeDoor(HttpClient client, NodeIdentity identity) {
        this.client = client;
        this.identity = identity;
    }

    /// Sends a request to an engine of the node; does not wait for anything. While it is in doubt
    /// who has the node's address, it is asked first.
    public Exchange send(HttpRequest request) {
        boolean signed = identity.guards(request.uri());
        return Exchange.send(client, request, signed ? new Neuron() : Peer.ANYBODY);
    }

    /// The node was lost in the middle of an answer.
    public void lost() {
        identity.doubt();
    }

    @Override
    public void close() {
        client.shutdownNow();
        client.close();
    }

    private final class Neuron implements Peer {
        private volatile NodeIdentity.@Nullable Question question;

        @Override
        public HttpRequest prepare(HttpRequest request)
                throws UnprovenPeerException, InterruptedException {
            identity.makeSure(client);
            NodeIdentity.Question asked = identity.ask(request, null);
            question = asked;
            return asked.request();
        }

        @Override
        public boolean proves(HttpResponse.ResponseInfo head) {
            NodeIdentity.Question asked = question;
            return asked != null && asked.proven(head.statusCode(), head.headers());
        }

        @Override
        public void lost() {
            identity.doubt();
        }
    }
}
