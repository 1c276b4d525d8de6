package io.modelwatch.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows of the design: schemas ← producers, streams, alerts, history ← app. */
@AnalyzeClasses(packages = "io.modelwatch", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String SCHEMAS = "io.modelwatch.schemas..";
    private static final String PRODUCERS = "io.modelwatch.producers..";
    private static final String STREAMS = "io.modelwatch.streams..";
    private static final String ALERTS = "io.modelwatch.alerts..";
    private static final String HISTORY = "io.modelwatch.history..";
    private static final String APP = "io.modelwatch.app..";

    @ArchTest
    static final ArchRule schemasKnowNobody = knowsNot(SCHEMAS, PRODUCERS, STREAMS, ALERTS, HISTORY, APP);

    @ArchTest
    static final ArchRule producersMeetOthersOnTopics = knowsNot(PRODUCERS, STREAMS, ALERTS, HISTORY, APP);

    @ArchTest
    static final ArchRule streamsMeetOthersOnTopics = knowsNot(STREAMS, PRODUCERS, ALERTS, HISTORY, APP);

    @ArchTest
    static final ArchRule alertsMeetOthersOnTopics = knowsNot(ALERTS, PRODUCERS, STREAMS, HISTORY, APP);

    @ArchTest
    static final ArchRule historyMeetsOthersOnTopics = knowsNot(HISTORY, PRODUCERS, STREAMS, ALERTS, APP);

    @ArchTest
    static final ArchRule topologiesDoNoInputOrOutput = noClasses()
            .that()
            .resideInAnyPackage(
                    STREAMS,
                    "io.modelwatch.alerts.blindness..",
                    "io.modelwatch.alerts.drift..",
                    "io.modelwatch.alerts.policy..",
                    "io.modelwatch.alerts.verdict..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.net.http..", "java.sql..", "javax.sql..", "org.apache.kafka.clients.producer..");

    @ArchTest
    static final ArchRule oneClassKnowsConfluentsClient = classes()
            .that()
            .resideOutsideOfPackage("org.apache.flink..")
            .and()
            .doNotHaveFullyQualifiedName("io.modelwatch.schemas.ConfluentRegistry")
            .and()
            .haveNameNotMatching("io\\.modelwatch\\.schemas\\.ConfluentRegistry\\$.*")
            .should()
            .onlyDependOnClassesThat()
            .resideOutsideOfPackage("org.apache.flink..");

    @ArchTest
    static final ArchRule onePackageKnowsTheSdkOfTraces = noClasses()
            .that()
            .resideOutsideOfPackage("io.modelwatch.app.trace..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.opentelemetry.api..",
                    "io.opentelemetry.context..",
                    "io.opentelemetry.exporter..",
                    "io.opentelemetry.sdk..");

    private static ArchRule knowsNot(String module, String... others) {
        return noClasses()
                .that()
                .resideInAPackage(module)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(others);
    }
}
