-- What reports are reckoned from.

-- Every lot of a sale's catalogue with what came of it and what is charged for it, both sides, by the sale's terms. A lot is
-- offered once it was sold or passed; its session is the day, in Japan, on which that happened. Commissions are rounded down lot
-- by lot, and so is the tax: on hammer price and commission on the buyer's side, on commission and fees on the consignor's. The
-- entry fee is for a lot that was offered, the other for one that was passed.
CREATE VIEW lot_results AS
    SELECT a.sale_id, a.id AS auction_id, a.lot_number, a.horse_id, a.status, a.start_price, a.reserve, a.bid_count,
           nullif(a.price, 0) AS highest_bid, a.leader, a.leader_paddle,
           h.sex, h.sire_ja, h.sire_en, h.consignor_id, p.name AS consignor,
           outcome.offered, outcome.sold, CASE WHEN outcome.sold THEN a.price END AS price,
           CASE WHEN a.status IN ('sold', 'passed', 'withdrawn') THEN a.appended_at END AS closed_at,
           CASE WHEN outcome.offered THEN (a.appended_at AT TIME ZONE 'Asia/Tokyo')::date END AS session,
           buyer.commission AS buyer_commission,
           CASE WHEN outcome.sold THEN (a.price + buyer.commission) * s.tax_rate_bp / 10000 END AS buyer_tax,
           seller.commission AS seller_commission, seller.entry_fee, seller.passed_fee,
           (seller.commission + seller.entry_fee + seller.passed_fee) * s.tax_rate_bp / 10000 AS seller_tax
    FROM auctions a
    JOIN sales s ON s.id = a.sale_id
    JOIN horses h ON h.id = a.horse_id
    LEFT JOIN parties p ON p.id = h.consignor_id
    CROSS JOIN LATERAL (SELECT a.status = 'sold' AS sold, a.status IN ('sold', 'passed') AS offered) AS outcome
    CROSS JOIN LATERAL (
        SELECT CASE WHEN outcome.sold THEN a.price * s.buyer_commission_bp / 10000 END AS commission) AS buyer
    CROSS JOIN LATERAL (
        SELECT CASE WHEN outcome.sold THEN a.price * s.seller_commission_bp / 10000 ELSE 0 END AS commission,
               CASE WHEN outcome.offered THEN s.entry_fee ELSE 0 END AS entry_fee,
               CASE WHEN a.status = 'passed' THEN s.passed_fee ELSE 0 END AS passed_fee) AS seller
    WHERE a.status <> 'draft';

-- What somebody did, newest first.
CREATE INDEX audit_log_user ON audit_log (user_id, at) WHERE user_id IS NOT NULL;
