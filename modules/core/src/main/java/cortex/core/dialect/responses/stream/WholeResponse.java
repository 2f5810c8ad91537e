package cortex.core.dialect.responses.stream;

import cortex.core.dialect.chat.answer.Block;
import cortex.core.dialect.chat.answer.Counts;
import cortex.core.dialect.chat.answer.WholeAnswer;
import cortex.core.dialect.chat.stream.JsonBuffer;
import cortex.core.dialect.responses.stream.ResponseObject.State;
import java.util.ArrayList;
import java.util.List;

/// Writes a gathered response as the body of an answer that is not streamed.
public final class WholeResponse implements WholeAnswer.Form {
    private final ResponseTerms response;

    /// The form of one response.
    public WholeResponse(ResponseTerms response) {
        this.response = response;
    }

    @Override
    public String callId(int n) {
        return response.callId(n);
    }

    @Override
    public byte[] body(List<Block> blocks, long held, String finish, Counts counts) {
        List<Item> items = new ArrayList<>();
        for (Block block : blocks) {
            items.add(new Item(response, block, items.size()));
        }
        JsonBuffer out = new JsonBuffer();
        out.reserve(Math.toIntExact(held));
        new ResponseObject(response).write(out, State.ended(finish, counts), items);
        return out.toBytes();
    }
}
