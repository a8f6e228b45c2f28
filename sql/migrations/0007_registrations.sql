-- Whoever applied is told what the office decided. What the demo and the tests write by themselves is nobody's decision.
CREATE OR REPLACE FUNCTION registration_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'approved' THEN
        UPDATE users SET role = 'bidder', access_version = access_version + 1, updated_at = now()
        WHERE id = NEW.user_id AND role = 'viewer';
    END IF;
    INSERT INTO audit_log (user_id, action, sale_id, details)
    VALUES (NEW.decided_by, 'registration_' || NEW.status, NEW.sale_id,
            jsonb_strip_nulls(jsonb_build_object('userId', NEW.user_id, 'paddle', NEW.paddle, 'creditLimit', NEW.credit_limit,
                                                 'reason', NEW.reason)));
    IF NEW.decided_by IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.status <> NEW.status) THEN
        PERFORM notify(NEW.user_id, 'registration', NULL,
                       jsonb_build_object('decision', NEW.status, 'saleId', NEW.sale_id)
                       || CASE NEW.status WHEN 'approved' THEN jsonb_build_object('paddle', NEW.paddle, 'limit', NEW.credit_limit)
                                          ELSE jsonb_strip_nulls(jsonb_build_object('reason', NEW.reason)) END);
    END IF;
    RETURN NULL;
END $$;
