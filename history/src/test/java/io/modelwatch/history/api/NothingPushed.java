package io.modelwatch.history.api;

import java.io.InputStream;
import java.util.function.UnaryOperator;

/** No way in, for tests that only ask questions. */
class NothingPushed implements Intake {
    @Override
    public Receipt observations(InputStream in, boolean wait, UnaryOperator<String> headers) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Receipt procurementEvents(InputStream in, boolean wait) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Receipt disclosures(InputStream in, boolean wait) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Receipt alertActions(InputStream in, boolean wait, String token) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Receipt ticket(String webhook, UnaryOperator<String> headers, byte[] body) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Receipt bill(String receiver, UnaryOperator<String> headers, byte[] body) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Receipt hint(String source, UnaryOperator<String> headers, byte[] body) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Receipt callback(String delivery, UnaryOperator<String> headers, byte[] body) {
        throw new UnsupportedOperationException();
    }

    @Override
    public SpanReceipt spans(byte[] body, boolean json) {
        throw new UnsupportedOperationException();
    }
}
