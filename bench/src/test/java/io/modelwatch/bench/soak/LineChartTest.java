package io.modelwatch.bench.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class LineChartTest {

    private static final LineChart CHART = new LineChart("a < b & c", "minutes", "MiB");

    @Test
    void shouldPutThePointsWhereTheScaleHasThem() throws Exception {
        Document svg = parse(CHART.svg(List.of(0.0, 5.0, 10.0), Map.of("one", List.of(0.0, 250.0, 500.0)), List.of()));
        Element line = (Element) svg.getElementsByTagName("polyline").item(0);
        // From corner to corner, with the middle in the middle.
        assertThat(line.getAttribute("points")).isEqualTo("70,430 415,235 760,40");
    }

    @Test
    void shouldShowEachLineAndEachMarkByItsName() throws Exception {
        String svg = CHART.svg(
                List.of(0.0, 1.0),
                Map.of("<streams>", List.of(1.0, 2.0), "alerts", List.of(2.0, 1.0)),
                List.of(new LineChart.Mark(0.5, "kill \"x\"")));
        assertThat(parse(svg).getDocumentElement().getTextContent())
                .contains("a < b & c", "<streams>", "alerts", "kill \"x\"");
    }

    @Test
    void shouldRoundTheScaleUp() {
        assertThat(List.of(0.7, 1.0, 12.0, 60.2, 61.0, 444.0, 510.0, 900.0).stream()
                        .map(LineChart::round)
                        .toList())
                .containsExactly(0.8, 1.0, 15.0, 60.0, 80.0, 500.0, 600.0, 1000.0);
    }

    private static Document parse(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    }
}
