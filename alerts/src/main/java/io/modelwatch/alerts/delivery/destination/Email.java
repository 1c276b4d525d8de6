package io.modelwatch.alerts.delivery.destination;

import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.Message.RecipientType;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.eclipse.angus.mail.smtp.SMTPAddressFailedException;
import org.eclipse.angus.mail.smtp.SMTPSendFailedException;
import org.eclipse.angus.mail.smtp.SMTPSenderFailedException;
import org.jspecify.annotations.Nullable;

/**
 * Sends mail by SMTP. The Message-ID is made of the idempotency key, so that a mailbox that drops duplicates drops a
 * repeated one, and all mail about an alert is one thread.
 */
public final class Email implements Destination {

    private static final String STARTTLS = "starttls";
    private static final String TLS = "tls";
    private static final String NONE = "none";

    private static final int MAX_SUBJECT = 200;

    /** Settings. */
    public static final List<Option> OPTIONS = List.of(
            Option.text("host", null, "name of the mail server").must(),
            Option.number("port", 587, 1, 65_535, "its port: 587 with `starttls`, 465 with `tls` as a rule"),
            Option.choice(
                    "security",
                    List.of(STARTTLS, TLS, NONE),
                    STARTTLS,
                    "`starttls` (nothing is sent where the server does not offer it), `tls` from the start, or `none`"),
            Settings.AUTHORITIES,
            Option.text("user", null, "account to sign in with; none is used without it"),
            Option.secret("password", "its password"),
            Option.text("from", null, "address of the sender").must(),
            Option.texts("to", "addresses of the recipients").must(),
            Option.address("link", null, "address of an alert for people, with `{id}` for its id"));

    private final Surroundings surroundings;
    private final Session session;
    private final String host;
    private final int port;
    private final @Nullable String user;
    private final Secret password;
    private final InternetAddress from;
    private final List<InternetAddress> to = new ArrayList<>();
    private final @Nullable String link;

    public Email(Settings settings, Surroundings surroundings) {
        this.surroundings = surroundings;
        this.host = settings.text("host");
        this.port = settings.number("port");
        this.user = settings.find("user");
        this.password = settings.secret("password");
        this.from = address(settings, "from", settings.text("from"));
        settings.texts("to").forEach(one -> to.add(address(settings, "to", one)));
        this.link = settings.find("link");
        this.session = Session.getInstance(properties(settings, surroundings.limits()));
    }

    private static Properties properties(Settings settings, Limits limits) {
        String security = settings.text("security");
        Properties properties = new Properties();
        properties.put(
                "mail.smtp.connectiontimeout", Long.toString(limits.connect().toMillis()));
        properties.put("mail.smtp.timeout", Long.toString(limits.answer().toMillis()));
        properties.put("mail.smtp.writetimeout", Long.toString(limits.answer().toMillis()));
        properties.put("mail.smtp.starttls.enable", Boolean.toString(security.equals(STARTTLS)));
        // Without this a server, or somebody between, that offers no TLS would get everything in the clear.
        properties.put("mail.smtp.starttls.required", Boolean.toString(security.equals(STARTTLS)));
        properties.put("mail.smtp.ssl.enable", Boolean.toString(security.equals(TLS)));
        properties.put("mail.smtp.ssl.checkserveridentity", "true");
        properties.put("mail.smtp.auth", Boolean.toString(settings.find("user") != null));
        // A mail is accepted once the server has said so; a farewell that fails must not make it look refused.
        properties.put("mail.smtp.quitwait", "false");
        // One bad recipient fails the message, visibly, before anybody has got it.
        properties.put("mail.smtp.sendpartial", "false");
        SSLContext trust = settings.trust();
        if (trust != null) {
            properties.put("mail.smtp.ssl.socketFactory", trust.getSocketFactory());
        }
        return properties;
    }

    private static InternetAddress address(Settings settings, String key, String text) {
        try {
            return new InternetAddress(text, true);
        } catch (AddressException e) {
            throw new IllegalArgumentException(
                    "delivery " + settings.delivery() + " settings: '" + key
                            + "' must hold mail addresses, for example soc@example.com",
                    e);
        }
    }

    @Override
    public Set<Topic<?>> topics() {
        return Set.of(Topics.ALERTS);
    }

    @Override
    public boolean takes(Message message) {
        return message instanceof Message.OfAlert;
    }

    @Override
    public String send(Message message) throws DeliveryException {
        if (!(message instanceof Message.OfAlert(String id, Alert alert))) {
            return "nothing to say";
        }
        String secret = user == null ? null : password.read(surroundings.environment());
        try (Transport transport = session.getTransport("smtp")) {
            MimeMessage mail = mail(id, alert);
            transport.connect(host, port, user, secret);
            transport.sendMessage(mail, mail.getAllRecipients());
            return "accepted for " + to.size() + (to.size() == 1 ? " recipient" : " recipients");
        } catch (MessagingException e) {
            throw failure(e, secret);
        }
    }

    /** Returns the mail about one state of an alert. */
    MimeMessage mail(String id, Alert alert) throws MessagingException {
        String domain = from.getAddress().replaceFirst(".*@", "");
        MimeMessage mail = new MimeMessage(session) {
            @Override
            protected void updateMessageID() throws MessagingException {
                setHeader("Message-ID", "<" + id + "@" + domain + ">");
            }
        };
        mail.setFrom(from);
        mail.setRecipients(RecipientType.TO, to.toArray(InternetAddress[]::new));
        mail.setSubject(
                AlertText.cut("[modelwatch] " + AlertText.summary(alert), MAX_SUBJECT), StandardCharsets.UTF_8.name());
        // The time of the message itself, and so the same in a repetition.
        mail.setSentDate(Date.from(alert.getUpdatedAt()));
        String thread = "<" + alert.getId() + ".alert@" + domain + ">";
        mail.setHeader("References", thread);
        mail.setHeader("In-Reply-To", thread);
        mail.setHeader("X-Modelwatch-Alert", alert.getId());
        mail.setHeader("X-Modelwatch-Id", id);
        // RFC 3834: no out-of-office answers to this.
        mail.setHeader("Auto-Submitted", "auto-generated");
        mail.setText(text(alert), StandardCharsets.UTF_8.name());
        mail.saveChanges();
        return mail;
    }

    private String text(Alert alert) {
        StringBuilder text = new StringBuilder(AlertText.title(alert)).append("\r\n\r\n");
        AlertText.facts(alert)
                .forEach(fact -> text.append(fact.name())
                        .append(": ")
                        .append(fact.text())
                        .append("\r\n"));
        if (!alert.getChanges().isEmpty()) {
            text.append("\r\nChanges:\r\n")
                    .append(AlertText.changes(alert).stream()
                            .map(line -> "- " + line)
                            .collect(Collectors.joining("\r\n")))
                    .append("\r\n");
        }
        String address = AlertText.link(link, alert.getId());
        return address == null ? text.toString() : text + "\r\n" + address + "\r\n";
    }

    private DeliveryException failure(MessagingException e, @Nullable String secret) {
        List<String> hidden = secret == null ? List.of() : List.of(secret);
        int code = 0;
        Exception told = e;
        for (Exception one = e; one != null; one = next(one)) {
            int its = code(one);
            // The last one of a chain is about the recipient or the command; those before it are about the whole.
            if (its != 0) {
                code = its;
                told = one;
            }
        }
        boolean signIn = e instanceof AuthenticationFailedException;
        String what = "smtp://" + host + ":" + port
                + (signIn ? " does not let " + user + " in" : code == 0 ? " cannot be used" : " refuses the mail")
                + " (" + Words.clean(String.valueOf(told.getMessage()), hidden) + ")";
        // RFC 5321 §4.2.1: 5yz is for good. A server that refuses a sign-in for the moment begins with 4.
        boolean definite =
                code >= 500 || (signIn && !String.valueOf(e.getMessage()).startsWith("4"));
        return definite ? DeliveryException.refused(what) : DeliveryException.passing(what);
    }

    private static @Nullable Exception next(Exception e) {
        return e instanceof MessagingException m ? m.getNextException() : null;
    }

    private static int code(Exception e) {
        return switch (e) {
            case SMTPAddressFailedException address -> address.getReturnCode();
            case SMTPSenderFailedException sender -> sender.getReturnCode();
            case SMTPSendFailedException send -> send.getReturnCode();
            default -> 0;
        };
    }

    @Override
    public Message probe(Probe probe) {
        return probe.alert();
    }
}
