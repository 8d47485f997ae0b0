//! Microsoft Sentinel and Kusto: configuration, sign-in, and the clients of the Log Analytics and Kusto query services.
