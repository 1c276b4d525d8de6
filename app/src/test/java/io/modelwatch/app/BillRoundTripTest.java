package io.modelwatch.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.history.bills.BillFormat;
import io.modelwatch.producers.intake.VendorBill;
import io.modelwatch.producers.intake.VendorBill.Model;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is given away and comes back as a vendor's disclosure says the same of models, revisions and countries. */
class BillRoundTripTest {

    private static final String MBOM = """
            {"deployment":"support-copilot","serialNumber":"urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79","revision":3,
             "at":"2026-03-01T10:00:00.123Z","components":[
              {"role":"primary","model":"pkg:huggingface/Qwen/Qwen2.5-7B-Instruct","revision":"A09a354","ancestry":[
               {"id":"pkg:huggingface/Qwen/Qwen2.5-7B","relation":"finetune","depth":1,"confidence":"declared"}]},
              {"role":"judge","model":"pkg:generic/openai/gpt-4o%20mini","revision":"2024-08-06"},
              {"role":"base","model":"pkg:huggingface/Qwen/Qwen2.5-7B"}],
             "hosting":[{"provider":"azure","region":"westeurope","country":"NL"},{"country":"DE"}],"claims":[]}
            """;

    @ParameterizedTest
    @EnumSource
    void models_revisions_and_countries_come_back(BillFormat format) throws Exception {
        byte[] given = format.write(MBOM).getBytes(StandardCharsets.UTF_8);

        VendorBill back = VendorBill.read(new ByteArrayInputStream(given));

        assertThat(back.models())
                .containsExactly(
                        new Model("pkg:huggingface/Qwen/Qwen2.5-7B-Instruct", "A09a354"),
                        new Model("pkg:generic/openai/gpt-4o%20mini", "2024-08-06"),
                        new Model("pkg:huggingface/Qwen/Qwen2.5-7B", null));
        assertThat(back.countries()).containsExactly("DE", "NL");
        assertThat(back.name()).startsWith("urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79");
    }
}
