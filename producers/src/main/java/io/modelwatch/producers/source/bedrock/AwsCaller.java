package io.modelwatch.producers.source.bedrock;

import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.source.jsonlist.Caller;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignedRequest;

/** Signs requests (signature version 4) by AWS's own signer, with credentials from where its tools find them. */
final class AwsCaller implements Caller {

    private static final String SERVICE = "bedrock";

    /** What the HTTP client sets itself. */
    private static final Set<String> NOT_OURS = Set.of("host", "content-length");

    private final BedrockConfig config;
    private final AwsV4HttpSigner signer = AwsV4HttpSigner.create();

    AwsCaller(BedrockConfig config) {
        this.config = config;
    }

    @Override
    public Map<String, String> headers(URI uri) throws SourceException {
        AwsCredentials credentials = credentials();
        SdkHttpRequest request =
                SdkHttpRequest.builder().method(SdkHttpMethod.GET).uri(uri).build();
        SignedRequest signed = signer.sign(sign -> sign.identity(credentials)
                .request(request)
                .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, SERVICE)
                .putProperty(AwsV4HttpSigner.REGION_NAME, config.region()));
        Map<String, String> headers = new LinkedHashMap<>();
        signed.request().headers().forEach((name, values) -> {
            if (!NOT_OURS.contains(name.toLowerCase(Locale.ROOT))) {
                headers.put(name, String.join(",", values));
            }
        });
        return headers;
    }

    /** Read anew for each request: what is temporary is renewed by whoever gives it. */
    private AwsCredentials credentials() throws SourceException {
        var builder = DefaultCredentialsProvider.builder();
        if (config.profile() != null) {
            builder.profileName(config.profile());
        }
        try (DefaultCredentialsProvider provider = builder.build()) {
            return provider.resolveCredentials();
        } catch (SdkClientException | IllegalArgumentException e) {
            // Its own message lists every place that it looked at, over many lines.
            throw new SourceException(
                    "not asked: no AWS credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile"
                            + " of AWS's files as profile, or give the machine a role",
                    e);
        }
    }

    @Override
    public SourceException explain(SourceException error) {
        boolean refused = error.getCause() instanceof FetchException f && (f.status() == 401 || f.status() == 403);
        return refused
                ? new SourceException(
                        error.getMessage()
                                + "; the AWS credentials are not accepted: are they of this account and in date, and may"
                                + " they bedrock:ListFoundationModels and bedrock:ListInferenceProfiles?",
                        error)
                : error;
    }
}
